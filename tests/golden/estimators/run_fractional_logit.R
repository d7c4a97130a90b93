# Average differences of a fractional logit: glm, with sandwich and clubSandwich.
# Usage: Rscript run_fractional_logit.R FOLDER

suppressPackageStartupMessages({
  library(sandwich)
  library(clubSandwich)
})

folder <- commandArgs(trailingOnly = TRUE)[1]
source(file.path(folder, "common.R"))
data <- read_data(folder)
formula <- reformulate(c("0", "cell", named), "proficient_pct / 100")

# Average over the rows of the fit, weighted: of a type against the reference, of a control by slope.
averages <- function(coefficients, rows, weight) {
  mean_of <- function(values) sum(weight * values) / sum(weight)
  percent <- function(type) 100 * plogis(as_type(rows, type) %*% coefficients)
  slope <- 100 * mean_of(dlogis(rows %*% coefficients))
  c(slope * coefficients[controls],
    vapply(types, function(type) mean_of(percent(type) - percent(NULL)), 0))
}

run <- function(name) {
  design <- designs[[name]]
  data$weight <- weights_of(data, design)
  fit <- glm(formula, quasibinomial(), data, weights = weight,
             control = glm.control(epsilon = 1e-15, maxit = 100))
  stopifnot(fit$converged)
  coefficients <- coef(fit)
  estimate <- averages(coefficients, model.matrix(fit), data$weight)
  gradient <- numDeriv::jacobian(function(b) averages(setNames(b, names(coefficients)),
                                                      model.matrix(fit), data$weight), coefficients)
  cluster <- data[[design$cluster]]
  plain <- lapply(c(CR0 = FALSE, CR1 = TRUE), function(adjust) {
    vcov <- vcovCL(fit, cluster = cluster, type = "HC0", cadjust = adjust)
    sqrt(diag(gradient %*% vcov %*% t(gradient)))
  })
  plain <- lapply(names(plain), function(kind) {
    results(name, "points", named, kind, "identity", estimate, plain[[kind]],
            length(unique(cluster)) - 1)
  })
  settings <- expand.grid(working = c("identity", "inverse_weights"), kind = c("CR2", "CR3"),
                          stringsAsFactors = FALSE)
  small <- Map(function(working, kind) {
    target <- if (working == "identity") rep(1, nrow(data))
    vcov <- vcovCR(fit, cluster = cluster, type = kind, target = target)
    test <- tested(fit, vcov, gradient)
    results(name, "points", named, kind, working, estimate, test$SE, test$df)
  }, settings$working, settings$kind)
  do.call(rbind, c(plain, small))
}

write_results(lapply(names(designs), run), file.path(folder, "expected_fractional_logit.csv"))
write_versions(folder, "run_fractional_logit.R", c("sandwich", "clubSandwich", "numDeriv"))
