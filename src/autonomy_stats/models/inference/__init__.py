"""Standard errors and degrees of freedom that respect the clustering of the rows."""

from autonomy_stats.models.inference.cluster_robust import ClusterRobust, cluster_robust

__all__ = ["ClusterRobust", "cluster_robust"]
