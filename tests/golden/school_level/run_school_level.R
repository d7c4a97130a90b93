# Matching with MatchIt and AIPW by hand, one regression a type, what clubSandwich says of each.
# Usage: Rscript run_school_level.R FOLDER

suppressPackageStartupMessages({
  library(MatchIt)
  library(clubSandwich)
})

folder <- commandArgs(trailingOnly = TRUE)[1]
controls <- c("black_pct", "english_learner_pct", "low_income_pct")
types <- c("charter", "pilot")
designs <- list(
  weighted = list(weight = "n_tested", cluster = "school_id"),
  unweighted = list(weight = NULL, cluster = "school_id"),
  networks = list(weight = "n_tested", cluster = "network")
)
caliper <- 1
nearest <- 5
highest <- 0.9

full_precision <- function(x) ifelse(is.na(x), "", sprintf("%.17g", x))

# One row a school: what is left of its rows, averaged, and its shares.
schools_of <- function(data, design) {
  data$w <- if (is.null(design$weight)) 1 else data[[design$weight]]
  data$cell <- paste(data$subject, data$grade)
  reference <- data[data$school_type == "traditional", ]
  data <- data[data$cell %in% reference$cell, ]
  fit <- lm(reformulate(c("cell", controls), "proficient_pct"), reference, weights = w)
  data$left <- data$proficient_pct - predict(fit, data)
  parts <- lapply(split(data, data$school_id), function(rows) {
    means <- lapply(rows[c("left", controls)], weighted.mean, w = rows$w)
    data.frame(school_id = rows$school_id[1], kind = rows$school_type[1],
               cluster = rows[[design$cluster]][1],
               w = if (is.null(design$weight)) 1 else sum(rows$w), means)
  })
  do.call(rbind, parts)
}

# Each gives the school's weights in the comparison, zero outside it.
matched <- function(rows, own) {
  reference <- rows[!own, controls]
  distance <- t(apply(rows[own, controls], 1, function(at) {
    sqrt(mahalanobis(reference, unlist(at), cov(reference)))
  }))
  dimnames(distance) <- list(rownames(rows)[own], rownames(rows)[!own])
  rows$treated <- as.integer(own)
  limits <- setNames(caliper * vapply(reference, sd, 0), controls)
  found <- suppressWarnings(matchit(
    reformulate(controls, "treated"), rows, method = "nearest", distance = distance,
    replace = TRUE, ratio = nearest, caliper = limits, std.caliper = FALSE
  ))
  weights <- setNames(numeric(nrow(rows)), rownames(rows))
  for (school in rownames(found$match.matrix)) {
    chosen <- na.omit(found$match.matrix[school, ])
    if (!length(chosen)) next
    weights[school] <- rows[school, "w"]
    weights[chosen] <- weights[chosen] + rows[school, "w"] / length(chosen)
  }
  unname(weights)
}

aipw <- function(rows, own) {
  propensity <- function(use) {
    part <- transform(rows, own = as.numeric(own))[use, ]
    part$w <- part$w / mean(part$w)  # from large weights, glm starts too near to 0 and 1 to end
    fit <- glm(reformulate(controls, "own"), quasibinomial, part, weights = w,
               control = list(epsilon = 1e-15, maxit = 100))
    stopifnot(fit$converged)
    replace(rep(NA, nrow(rows)), use, fitted(fit))
  }
  use <- propensity(rep(TRUE, nrow(rows))) <= highest
  share <- propensity(use)
  ifelse(!use, 0, rows$w * ifelse(own, 1, share / (1 - share)))
}

settings <- expand.grid(working = c("identity", "inverse_weights"),
                        kind = c("CR0", "CR2", "CR3"), stringsAsFactors = FALSE)

run <- function(name, estimator, type, data) {
  every <- schools_of(data, designs[[name]])
  rows <- every[every$kind %in% c("traditional", type), ]
  own <- rows$kind == type
  rows$weight <- get(estimator)(rows, own)
  used <- rows[rows$weight > 0, ]
  used$own <- as.numeric(used$kind == type)
  fit <- lm(left ~ own, used, weights = weight)
  do.call(rbind, Map(function(kind, working) {
    vcov <- vcovCR(fit, cluster = used$cluster, type = kind,
                   inverse_var = working == "inverse_weights")
    test <- coef_test(fit, vcov = vcov, test = "Satterthwaite")["own", ]
    data.frame(
      design = name, estimator = estimator, kind = kind, working = working, term = type,
      n_own = sum(used$own), n_reference = sum(1 - used$own),
      estimate = full_precision(coef(fit)[["own"]]), std_error = full_precision(test$SE),
      df = full_precision(test$df_Satt)
    )
  }, settings$kind, settings$working))
}

data <- read.csv(file.path(folder, "data.csv"),
                 colClasses = c(school_id = "character", grade = "character"))
cases <- expand.grid(type = types, estimator = c("matched", "aipw"), design = names(designs),
                     stringsAsFactors = FALSE)
parts <- Map(function(design, estimator, type) run(design, estimator, type, data),
             cases$design, cases$estimator, cases$type)
write.csv(do.call(rbind, parts), file.path(folder, "expected.csv"), row.names = FALSE,
          quote = FALSE)
packages <- c("MatchIt", "clubSandwich")
versions <- vapply(packages, function(p) paste(p, packageVersion(p)), "")
writeLines(c(R.version.string, versions), file.path(folder, "versions.txt"))
