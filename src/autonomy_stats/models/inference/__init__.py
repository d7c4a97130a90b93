"""Standard errors, degrees of freedom and tests that respect the clustering of the rows."""

from autonomy_stats.models.inference.cluster_robust import ClusterRobust, cluster_robust
from autonomy_stats.models.inference.wald import JointTest, joint_test

__all__ = ["ClusterRobust", "JointTest", "cluster_robust", "joint_test"]
