# Fit every data file of a directory with lm and write what clubSandwich says of it.
# Usage: Rscript run_clubsandwich.R DATA_DIRECTORY OUTPUT_DIRECTORY

suppressPackageStartupMessages(library(clubSandwich))

arguments <- commandArgs(trailingOnly = TRUE)
full_precision <- function(x) ifelse(is.nan(x), "nan", sprintf("%.17g", x))

run <- function(file) {
  data <- read.csv(file)
  columns <- grep("^x[0-9]+$", names(data), value = TRUE)
  formula <- reformulate(columns, "outcome", intercept = FALSE)
  weighted <- "weight" %in% names(data)
  fit <- if (weighted) lm(formula, data, weights = weight) else lm(formula, data)
  stopifnot(!anyNA(coef(fit)))
  name <- sub("\\.csv$", "", basename(file))
  settings <- expand.grid(inverse_var = c(FALSE, TRUE), kind = c("CR0", "CR1", "CR2"),
                          stringsAsFactors = FALSE)
  results <- Map(function(kind, inverse_var) {
    vcov <- vcovCR(fit, cluster = data$cluster, type = kind, inverse_var = inverse_var)
    test <- coef_test(fit, vcov = vcov, test = "Satterthwaite")
    data.frame(
      design = name, kind = kind,
      working = if (inverse_var) "inverse_weights" else "identity",
      column = seq_along(columns) - 1,
      estimate = full_precision(coef(fit)), std_error = full_precision(test$SE),
      df = full_precision(test$df_Satt), p_value = full_precision(test$p_Satt)
    )
  }, settings$kind, settings$inverse_var)
  sums <- data.frame(
    design = name, rows = nrow(data),
    clusters = length(unique(data$cluster)),
    outcome = full_precision(sum(data$outcome * seq_len(nrow(data)))),
    cluster = full_precision(sum(data$cluster * seq_len(nrow(data)))),
    weight = full_precision(sum((if (weighted) data$weight else 1) * seq_len(nrow(data)))),
    design_columns = full_precision(sum(as.matrix(data[columns]) %*% seq_along(columns) *
                                          seq_len(nrow(data))))
  )
  list(tests = do.call(rbind, results), sums = sums)
}

files <- sort(list.files(arguments[1], pattern = "\\.csv$", full.names = TRUE), method = "radix")
results <- lapply(files, run)
write_table <- function(part, file) {
  table <- do.call(rbind, lapply(results, function(result) result[[part]]))
  write.csv(table, file.path(arguments[2], file), row.names = FALSE, quote = FALSE)
}
write_table("tests", "expected_tests.csv")
write_table("sums", "expected_sums.csv")
versions <- c(R.version.string, paste("clubSandwich", packageVersion("clubSandwich")))
writeLines(versions, file.path(arguments[2], "versions.txt"))
