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
  settings <- expand.grid(inverse_var = c(FALSE, TRUE), kind = c("CR0", "CR1", "CR2", "CR3"),
                          stringsAsFactors = FALSE)
  covariance <- function(kind, inverse_var) {  # CR3 has none where a block is singular
    try <- function(e) if (kind == "CR3") NULL else stop(e)
    tryCatch(vcovCR(fit, cluster = data$cluster, type = kind, inverse_var = inverse_var), error = try)
  }
  results <- Map(function(kind, inverse_var) {
    vcov <- covariance(kind, inverse_var)
    if (is.null(vcov)) return(NULL)
    test <- coef_test(fit, vcov = vcov, test = "Satterthwaite")
    data.frame(
      design = name, kind = kind,
      working = if (inverse_var) "inverse_weights" else "identity",
      column = seq_along(columns) - 1,
      estimate = full_precision(coef(fit)), std_error = full_precision(test$SE),
      df = full_precision(test$df_Satt), p_value = full_precision(test$p_Satt)
    )
  }, settings$kind, settings$inverse_var)
  joint <- Map(function(kind, inverse_var) {
    vcov <- covariance(kind, inverse_var)
    if (is.null(vcov)) return(NULL)
    last <- length(columns)
    constraints <- list(two_zero = constrain_zero((last - 1):last),
                        three_zero = constrain_zero((last - 2):last),
                        three_equal = constrain_equal((last - 2):last))
    do.call(rbind, Map(function(label, constraint) {
      # None where the clusters cannot tell a constraint: its variance is zero.
      test <- tryCatch(Wald_test(fit, constraints = constraint, vcov = vcov, test = "HTZ"),
                       error = function(e) NULL)
      if (is.null(test)) return(NULL)
      data.frame(design = name, kind = kind,
                 working = if (inverse_var) "inverse_weights" else "identity",
                 constraints = label, statistic = full_precision(test$Fstat),
                 df_constraints = test$df_num, df_residual = full_precision(test$df_denom),
                 p_value = full_precision(test$p_val))
    }, names(constraints), constraints))
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
  list(tests = do.call(rbind, results), joint = do.call(rbind, joint), sums = sums)
}

files <- sort(list.files(arguments[1], pattern = "\\.csv$", full.names = TRUE), method = "radix")
results <- lapply(files, run)
write_table <- function(part, file) {
  table <- do.call(rbind, lapply(results, function(result) result[[part]]))
  write.csv(table, file.path(arguments[2], file), row.names = FALSE, quote = FALSE)
}
write_table("tests", "expected_tests.csv")
write_table("joint", "expected_joint.csv")
write_table("sums", "expected_sums.csv")
versions <- c(R.version.string, paste("clubSandwich", packageVersion("clubSandwich")))
writeLines(versions, file.path(arguments[2], "versions.txt"))
