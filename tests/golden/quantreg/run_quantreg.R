# Fit quantiles of the current score on cubic splines of the prior score with quantreg, by the
# simplex method of Barrodale and Roberts, as the package SGP does.
# Usage: Rscript run_quantreg.R FOLDER (that of this program; the results go there, too)

suppressPackageStartupMessages({
  library(quantreg)
  library(splines)
})

folder <- commandArgs(trailingOnly = TRUE)[1]
data <- read.csv(file.path(folder, "data.csv"))
levels <- (1:19) / 20
full_precision <- function(x) sprintf("%.17g", x)

# Fitted values at nine prior scores of students, and the loss over all of them.
run <- function(name) {
  rows <- data[data$set == name, ]
  rows <- rows[order(rows$prior), ]
  knots <- quantile(rows$prior, c(0.2, 0.4, 0.6, 0.8))
  # As the package SGP has it: the outer knots a tenth of the range beyond the scores.
  outer <- grDevices::extendrange(rows$prior, f = 0.1)
  shown <- round(seq(1, nrow(rows), length.out = 9))
  unique_fit <- name != "whole"
  results <- lapply(levels, function(level) {
    fit <- withCallingHandlers(
      rq(current ~ bs(prior, knots = knots, Boundary.knots = outer), tau = level, data = rows,
         method = "br"),
      warning = function(w) {
        if (unique_fit) stop(w)
        invokeRestart("muffleWarning")
      }
    )
    residual <- rows$current - fitted(fit)
    loss <- sum(residual * (level - (residual < 0)))
    fits <- if (unique_fit) {
      data.frame(set = name, level = level, prior = full_precision(rows$prior[shown]),
                 what = "fitted", value = full_precision(fitted(fit)[shown]))
    }
    rbind(fits, data.frame(set = name, level = level, prior = "", what = "loss",
                           value = full_precision(loss)))
  })
  do.call(rbind, results)
}

write.csv(do.call(rbind, lapply(unique(data$set), run)), file.path(folder, "expected.csv"),
          row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("quantreg", packageVersion("quantreg"))),
           file.path(folder, "versions.txt"))
