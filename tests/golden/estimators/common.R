# What the three programs share: the data, three ways to weight and cluster, the model's columns.

read_data <- function(folder) {
  data <- read.csv(file.path(folder, "data.csv"),
                   colClasses = c(school_id = "character", grade = "character"))
  data$cell <- factor(paste(data$subject, data$grade, data$end_year))
  for (type in types) data[[type]] <- as.numeric(data$school_type == type)
  data
}

types <- c("charter", "pilot", "turnaround")
controls <- c("black_pct", "low_income_pct")
named <- c(controls, types)

designs <- list(
  weighted = list(weight = "n_tested", cluster = "school_id"),
  unweighted = list(weight = NULL, cluster = "school_id"),
  networks = list(weight = "n_tested", cluster = "network")
)

weights_of <- function(data, design) {
  if (is.null(design$weight)) rep(1, nrow(data)) else data[[design$weight]]
}

full_precision <- function(x) ifelse(is.na(x), "", sprintf("%.17g", x))

# The rows as if all schools were of one type, or (NULL) of the reference.
as_type <- function(rows, type) {
  rows[, types] <- 0
  if (!is.null(type)) rows[, type] <- 1
  rows
}

results <- function(design, table, terms, kind, working, estimate, std_error, df) {
  data.frame(design = design, table = table, term = terms, kind = kind, working = working,
             estimate = full_precision(estimate), std_error = full_precision(std_error),
             df = full_precision(df))
}

write_results <- function(parts, file) {
  write.csv(do.call(rbind, parts), file, row.names = FALSE, quote = FALSE)
}

# The lines of versions.txt of one program replace those that it wrote before.
write_versions <- function(folder, program, packages) {
  file <- file.path(folder, "versions.txt")
  kept <- if (file.exists(file)) grep(paste0("^", program, ":"), readLines(file),
                                      value = TRUE, invert = TRUE)
  versions <- vapply(packages, function(p) paste(p, packageVersion(p)), "")
  line <- paste0(program, ": ", R.version.string, ", ", paste(versions, collapse = ", "))
  writeLines(sort(c(kept, line)), file)
}

# Standard errors and Satterthwaite's degrees of freedom of contrasts. A joint test of one contrast
# has them; linear_contrast of clubSandwich 0.5.8 stops for vcovCR(inverse_var = FALSE).
tested <- function(fit, vcov, contrasts) {
  df <- apply(contrasts, 1, function(row) {
    Wald_test(fit, constraints = matrix(row, 1), vcov = vcov, test = "HTZ")$df_denom
  })
  list(SE = sqrt(diag(contrasts %*% as.matrix(vcov) %*% t(contrasts))), df = df)
}
