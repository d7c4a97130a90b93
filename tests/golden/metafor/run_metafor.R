# Pool every set of estimates with metafor: REML, and the interval of Hartung and Knapp.
# Usage: Rscript run_metafor.R DIRECTORY (that of this program; the results go there, too)

suppressPackageStartupMessages(library(metafor))

directory <- commandArgs(trailingOnly = TRUE)[1]
full_precision <- function(x) sprintf("%.17g", x)

trials <- read.csv(file.path(directory, "trials.csv"))
stopifnot(all(trials[-1] == dat.bcg[c("tpos", "tneg", "cpos", "cneg")]))
bcg <- escalc("RR", ai = treated_positive, bi = treated_negative, ci = control_positive,
              di = control_negative, data = trials)
sets <- rbind(
  data.frame(set = "bcg", estimate = bcg$yi, std_error = sqrt(bcg$vi)),
  read.csv(file.path(directory, "sets.csv"))
)

run <- function(rows, test, level) {
  # Its own threshold, 1e-5, would leave tau2 with five digits.
  fit <- rma(estimate, sei = std_error, data = rows, method = "REML", test = test,
             level = 100 * level, control = list(threshold = 1e-13, maxiter = 10000))
  profile <- suppressMessages(confint(fit, control = list(tau2.max = 1e6, tol = 1e-14)))
  prediction <- predict(fit)
  numbers <- c(
    estimate = as.numeric(fit$beta), std_error = fit$se, df = fit$ddf, statistic = fit$zval,
    p_value = fit$pval, conf_low = fit$ci.lb, conf_high = fit$ci.ub, tau2 = fit$tau2,
    tau2_low = profile$random["tau^2", "ci.lb"], tau2_high = profile$random["tau^2", "ci.ub"],
    i2 = fit$I2, prediction_low = prediction$pi.lb, prediction_high = prediction$pi.ub,
    q = fit$QE, q_p_value = fit$QEp
  )
  data.frame(set = rows$set[1], test = test, conf_level = level, n = fit$k,
             t(sapply(numbers, full_precision)))
}

results <- list()
for (name in unique(sets$set)) {
  rows <- sets[sets$set == name, ]
  for (test in c("knha", "adhoc")) {
    for (level in c(0.95, 0.9)) {
      results[[length(results) + 1]] <- run(rows, test, level)
    }
  }
}
write.csv(do.call(rbind, results), file.path(directory, "expected.csv"), row.names = FALSE,
          quote = FALSE)
writeLines(c(R.version.string, paste("metafor", packageVersion("metafor"))),
           file.path(directory, "versions.txt"))
