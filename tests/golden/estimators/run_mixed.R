# A random intercept for each school: lmer of lme4 and lme of nlme, with clubSandwich.
# Usage: Rscript run_mixed.R FOLDER

suppressPackageStartupMessages({
  library(lme4)
  library(nlme)
  library(clubSandwich)
})

folder <- commandArgs(trailingOnly = TRUE)[1]
source(file.path(folder, "common.R"))
data <- read_data(folder)
columns <- c("cell", named)

run <- function(name) {
  design <- designs[[name]]
  data$weight <- weights_of(data, design)
  cluster <- data[[design$cluster]]
  exact <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12),
                       calc.derivs = FALSE)
  fit <- lmer(reformulate(c(columns, "(1 | school_id)"), "proficient_pct"), data,
              weights = weight, control = exact)
  variances <- as.data.frame(VarCorr(fit))$vcov
  parts <- results(name, "parts", c("variance_school", "variance_residual", "log_likelihood"),
                   "", "", c(variances, as.numeric(logLik(fit))), NA, NA)
  # The degrees of freedom of lme, which has no other use here.
  other <- lme(reformulate(columns, "proficient_pct"), data, ~ 1 | school_id,
               weights = varFixed(~ I(1 / weight)))
  model <- results(name, "points", named, "model", "identity", fixef(fit)[named],
                   sqrt(diag(as.matrix(vcov(fit))))[named], other$fixDF$X[named])

  # clubSandwich takes no lmer with weights: CR0 and CR1 by hand, CR2 and CR3 of lm on rows and
  # outcome multiplied by the symmetric root of the inverse covariance of each school.
  x <- getME(fit, "X")
  y <- data$proficient_pct
  ratio <- variances[1] / variances[2]
  school <- data$school_id
  whole <- diag(1 / data$weight) + ratio * outer(school, school, "==")
  inverse <- solve(whole)
  bread <- solve(t(x) %*% inverse %*% x)
  score <- as.vector(inverse %*% (y - x %*% fixef(fit))) * x
  meat <- crossprod(rowsum(score, cluster))
  clusters <- length(unique(cluster))
  root <- sqrt(data$weight)
  scaled <- eigen(root * t(root * whole), symmetric = TRUE)
  half <- scaled$vectors %*% (t(scaled$vectors) / sqrt(scaled$values))
  rows <- half %*% (root * x)
  linear <- lm(as.vector(half %*% (root * y)) ~ 0 + rows)
  contrasts <- diag(ncol(x))[match(named, colnames(x)), ]
  robust <- lapply(c("CR0", "CR1", "CR2", "CR3"), function(kind) {
    test <- tested(linear, vcovCR(linear, cluster = cluster, type = kind), contrasts)
    factor <- if (kind == "CR1") clusters / (clusters - 1) else 1
    by_hand <- sqrt(diag(factor * bread %*% meat %*% bread))[match(named, colnames(x))]
    results(name, "points", named, kind, "identity", fixef(fit)[named],
            if (kind %in% c("CR0", "CR1")) by_hand else test$SE, test$df)
  })
  # What clubSandwich itself says of lmer, where there are no weights.
  own <- if (is.null(design$weight)) lapply(c("CR0", "CR1", "CR2"), function(kind) {
    bare <- lmer(reformulate(c(columns, "(1 | school_id)"), "proficient_pct"), data, control = exact)
    test <- coef_test(bare, vcov = vcovCR(bare, cluster = cluster, type = kind),
                      test = "Satterthwaite")
    results(name, "lmerMod", named, kind, "identity", fixef(fit)[named],
            setNames(test$SE, colnames(x))[named], setNames(test$df_Satt, colnames(x))[named])
  })
  do.call(rbind, c(list(parts, model), robust, own))
}

write_results(lapply(names(designs), run), file.path(folder, "expected_mixed.csv"))
write_versions(folder, "run_mixed.R", c("lme4", "nlme", "clubSandwich"))
