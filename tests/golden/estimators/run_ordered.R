# Average differences of a proportional-odds logit: polr and clm, with a sandwich by hand, and
# clubSandwich on the least squares regression that the fit equals at its estimates.
# Usage: Rscript run_ordered.R FOLDER

suppressPackageStartupMessages({
  library(MASS)
  library(ordinal)
  library(clubSandwich)
})

folder <- commandArgs(trailingOnly = TRUE)[1]
source(file.path(folder, "common.R"))
data <- read_data(folder)
data$level <- factor(data$level)
levels <- as.numeric(levels(data$level))
cuts <- length(levels) - 1
formula <- reformulate(c("cell", named), "level")

# Parameters are the thresholds, then the coefficients. Probabilities of the levels, a row each.
probabilities <- function(parameters, rows) {
  index <- rows %*% parameters[-(1:cuts)]
  below <- cbind(0, vapply(parameters[1:cuts], function(cut) plogis(cut - index),
                           numeric(nrow(rows))), 1)
  below[, -1] - below[, -(cuts + 2)]
}

# Average differences in the expected level, then in the probability of each level.
averages <- function(parameters, rows, weight) {
  mean_of <- function(values) colSums(weight * values) / sum(weight)
  density <- function(cut) dlogis(cut - rows %*% parameters[-(1:cuts)])
  slope <- sum(vapply(1:cuts, function(k) diff(levels)[k] * mean_of(density(parameters[k])), 0))
  against <- vapply(types, function(type) {
    mean_of(probabilities(parameters, as_type(rows, type)) -
              probabilities(parameters, as_type(rows, NULL)))
  }, numeric(cuts + 1))
  c(slope * parameters[controls], levels %*% against, against)
}

# The derivative of each row's log-likelihood.
scores <- function(parameters, rows) {
  chosen <- function(p) log(probabilities(p, rows)[cbind(seq_len(nrow(rows)),
                                                         as.integer(data$level))])
  numDeriv::jacobian(chosen, parameters)
}

run <- function(name) {
  design <- designs[[name]]
  data$weight <- weights_of(data, design)
  cluster <- data[[design$cluster]]
  fit <- clm(formula, data = data, weights = weight, control = clm.control(gradTol = 1e-10))
  parameters <- coef(fit)
  other <- polr(formula, data, weights = weight, Hess = TRUE,
                control = list(reltol = 1e-15, maxit = 2000))
  from_polr <- c(other$zeta, coef(other))
  rows <- model.matrix(formula, data)[, -1]
  score <- data$weight * scores(parameters, rows)
  bread <- vcov(fit)
  meat <- crossprod(rowsum(score, cluster))
  gradient <- numDeriv::jacobian(function(p) averages(setNames(p, names(parameters)),
                                                      rows, data$weight), parameters)
  chosen <- diag(length(parameters))[match(named, names(parameters)), ]
  gradient <- rbind(gradient, chosen)
  estimate <- c(averages(parameters, rows, data$weight), parameters[named])
  tables <- c(rep("levels", length(named)), rep(paste("probability", levels), length(types)),
              rep("log_odds", length(named)))
  terms <- c(named, rep(types, each = length(levels)), named)
  clusters <- length(unique(cluster))
  plain <- lapply(c("CR0", "CR1"), function(kind) {
    factor <- if (kind == "CR1") clusters / (clusters - 1) else 1
    vcov <- factor * bread %*% meat %*% bread
    results(name, tables, terms, kind, "identity", estimate,
            sqrt(diag(gradient %*% vcov %*% t(gradient))), clusters - 1)
  })

  # One row for each row and level, in units of the root of its probability: Pearson residuals, whose
  # least squares regression has the scores and the expected information of the fit.
  share <- probabilities(parameters, rows)
  change <- lapply(seq_along(levels), function(k) {
    numDeriv::jacobian(function(p) probabilities(p, rows)[, k], parameters)
  })
  z <- do.call(rbind, lapply(seq_along(levels), function(k) change[[k]] / sqrt(share[, k])))
  y <- as.vector((outer(as.integer(data$level), seq_along(levels), "==") - share) / sqrt(share))
  w <- rep(data$weight, length(levels))
  information <- crossprod(z, w * z)
  linear <- lm(y ~ 0 + z, weights = w)
  settings <- expand.grid(working = c("identity", "inverse_weights"), kind = c("CR2", "CR3"),
                          stringsAsFactors = FALSE)
  small <- Map(function(working, kind) {
    vcov <- vcovCR(linear, cluster = rep(cluster, length(levels)), type = kind,
                   inverse_var = working == "inverse_weights")
    test <- tested(linear, vcov, gradient %*% bread %*% information)
    results(name, tables, terms, kind, working, estimate, test$SE, test$df)
  }, settings$working, settings$kind)
  polr_table <- results(name, "polr", named, "", "", from_polr[named],
                        sqrt(diag(vcov(other)))[named], NA)
  do.call(rbind, c(plain, small, list(polr_table)))
}

write_results(lapply(names(designs), run), file.path(folder, "expected_ordered.csv"))
write_versions(folder, "run_ordered.R", c("MASS", "ordinal", "clubSandwich", "numDeriv"))
