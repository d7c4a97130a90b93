# Balance of each type against the reference, with base R only: Hedges g of school means as the
# What Works Clearinghouse defines it, and the weights that lm gives each outcome.
# Usage: Rscript run_balance.R tests/golden/school_level/data.csv FOLDER

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1], colClasses = c(school_id = "character", grade = "character"))
controls <- c("black_pct", "english_learner_pct", "low_income_pct")
types <- setdiff(sort(unique(data$school_type)), "traditional")
full_precision <- function(x) ifelse(is.na(x), "", sprintf("%.17g", x))

moments <- function(rows, control) {
  parts <- split(rows, rows$school_id)
  share <- sapply(parts, function(own) weighted.mean(own[[control]], own$w))
  weight <- sapply(parts, function(own) sum(own$w))
  covariance <- cov.wt(cbind(share), weight / sum(weight), method = "ML")
  n <- length(share)
  list(n = n, mean = unname(covariance$center), variance = covariance$cov[1, 1] * n / (n - 1))
}

results <- list()
for (design in c("weighted", "unweighted")) {
  data$w <- if (design == "weighted") data$n_tested else 1
  data$cell <- paste(data$subject, data$grade)
  data$kind <- relevel(factor(data$school_type), "traditional")
  formula <- reformulate(c("kind", controls, "cell"), "outcome")
  # What one more point of a row's outcome adds to the coefficients is that row's weight.
  gain <- sapply(seq_len(nrow(data)), function(row) {
    data$outcome <- as.numeric(seq_len(nrow(data)) == row)
    coef(lm(formula, data, weights = w))
  })
  for (type in types) {
    implied <- gain[paste0("kind", type), ]
    own <- data$school_type == type
    reference <- data$school_type == "traditional"
    by_school <- tapply(-implied[reference], data$school_id[reference], sum)
    raw <- tapply(data$w[reference], data$school_id[reference], sum)
    for (control in controls) {
      a <- moments(data[own, ], control)
      b <- moments(data[reference, ], control)
      pooled <- sqrt(((a$n - 1) * a$variance + (b$n - 1) * b$variance) / (a$n + b$n - 2))
      share <- data[[control]]
      results[[length(results) + 1]] <- data.frame(
        design, school_type = type, control,
        mean = a$mean, mean_reference = b$mean, std_dev = pooled,
        std_difference = (1 - 3 / (4 * (a$n + b$n) - 9)) * (a$mean - b$mean) / pooled,
        variance_ratio = a$variance / b$variance,
        mean_target = sum(implied[own] * share[own]),
        mean_reference_adjusted = -sum(implied[reference] * share[reference]),
        n_effective = sum(raw)^2 / sum(raw^2),
        n_effective_adjusted = sum(by_school)^2 / sum(by_school^2),
        negative_schools_pct = 100 * mean(by_school < 0),
        negative_weight_pct = 100 * sum(-by_school[by_school < 0]) / sum(abs(by_school))
      )
    }
  }
}
table <- do.call(rbind, results)
numbers <- sapply(table, is.numeric)
table[numbers] <- lapply(table[numbers], full_precision)
write.csv(table, file.path(arguments[2], "expected.csv"), row.names = FALSE, quote = FALSE)
writeLines(R.version.string, file.path(arguments[2], "versions.txt"))
