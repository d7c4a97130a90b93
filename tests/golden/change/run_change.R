# Change of the same schools, value added, and differences before a type, by lm and clubSandwich.
# Usage: Rscript run_change.R FOLDER

suppressPackageStartupMessages(library(clubSandwich))

folder <- commandArgs(trailingOnly = TRUE)[1]
shares <- c("black_pct", "low_income_pct")
key <- c("school_id", "subject", "grade")

full_precision <- function(x) ifelse(is.na(x), "", sprintf("%.17g", x))

# Type indicators beside the reference, so that none is dropped for another.
with_types <- function(rows, type) {
  kinds <- sort(setdiff(unique(type), "traditional"))
  names <- gsub(" ", "_", kinds)
  rows[names] <- lapply(kinds, function(kind) as.numeric(type == kind))
  list(rows = rows, names = names)
}

tested <- function(model, setting, fit, cluster, terms) {
  stopifnot(!anyNA(coef(fit)[terms]))
  parts <- lapply(c("identity", "inverse_weights"), function(working) {
    vcov <- vcovCR(fit, cluster = cluster, type = "CR2", inverse_var = working == "inverse_weights")
    test <- coef_test(fit, vcov = vcov, test = "Satterthwaite", coefs = terms)
    data.frame(model = model, setting = setting, working = working, term = terms,
               n_rows = nobs(fit), n_clusters = length(unique(cluster)),
               estimate = full_precision(coef(fit)[terms]), std_error = full_precision(test$SE),
               df = full_precision(test$df_Satt))
  })
  do.call(rbind, parts)
}

# A regression on cells, shares and types.
crossed <- function(model, setting, outcome, rows, type, controls, cell, weight) {
  held <- with_types(rows, type)
  rows <- held$rows
  rows$cell <- factor(do.call(paste, rows[cell]))
  rows$w <- if (setting == "weighted") weight else 1
  fit <- lm(reformulate(c("cell", controls, held$names), outcome, intercept = FALSE), rows,
            weights = w)
  list(fit = fit, rows = rows,
       table = tested(model, setting, fit, rows$school_id, c(controls, held$names)))
}

data <- read.csv(file.path(folder, "data.csv"),
                 colClasses = c(school_id = "character", grade = "character"))
early <- data[data$end_year == 2016, ]
late <- data[data$end_year == 2017, ]
pairs <- merge(early, late, by = key, suffixes = c("_first", ""))

# Differences of the two years.
differences <- function(pairs) {
  for (name in c("proficient_pct", shares)) {
    pairs[[paste0(name, "_level")]] <- pairs[[paste0(name, "_first")]]
    pairs[[name]] <- pairs[[name]] - pairs[[paste0(name, "_first")]]
  }
  pairs$harmonic <- 2 * pairs$n_tested * pairs$n_tested_first /
    (pairs$n_tested + pairs$n_tested_first)
  pairs
}
change <- differences(pairs)

# The same as one regression of both years, with an indicator of each school, subject and grade.
stacked <- function(setting) {
  unit <- do.call(paste, data[key])
  rows <- data[unit %in% do.call(paste, pairs[key]), ]
  rows$unit <- factor(do.call(paste, rows[key]))
  type <- late$school_type[match(rows$school_id, late$school_id)]
  held <- with_types(rows, ifelse(rows$end_year == 2017, type, "traditional"))
  rows <- held$rows
  last <- rows$end_year == 2017
  cells <- sort(unique(paste(rows$subject, rows$grade)))
  names <- paste0("cell", seq_along(cells))
  rows[names] <- lapply(cells, function(cell) {
    as.numeric(last & paste(rows$subject, rows$grade) == cell)
  })
  rows$w <- if (setting == "weighted") rows$n_tested else 1
  fit <- lm(reformulate(c("unit", names, shares, held$names), "proficient_pct", intercept = FALSE),
            rows, weights = w)
  tested("stacked", setting, fit, rows$school_id, c(shares, held$names))
}

# Outcome of 2017 on the prior: of the same grade, or of the grade below.
value_added <- function(prior, setting) {
  before <- early[c(key, "proficient_pct", "n_tested")]
  names(before)[4:5] <- c("prior", "prior_n")
  if (prior == "same_cohort") before$grade <- sprintf("%02d", as.integer(before$grade) + 1)
  rows <- merge(late, before, by = key)
  found <- crossed(prior, setting, "proficient_pct", rows, rows$school_type, c(shares, "prior"),
                   c("subject", "grade"), rows$n_tested)
  # Error of the prior: its binomial variance within what the other columns leave of it.
  others <- update(found$fit, prior ~ . - prior, data = found$rows, weights = w)
  error <- found$rows$prior * (100 - found$rows$prior) / (found$rows$prior_n - 1)
  w <- found$rows$w
  reliability <- 1 - sum(w * (1 - hatvalues(others)) * error) / sum(w * resid(others)^2)
  kinds <- c("innovation", "pilot")
  slope <- coef(found$fit)[["prior"]]
  corrected <- coef(found$fit)[kinds] - slope * (1 / reliability - 1) * coef(others)[kinds]
  extra <- found$table[1, ]
  extra$std_error <- extra$df <- ""
  lines <- lapply(list(
    list("reliability", reliability),
    list("gap innovation", coef(others)[["innovation"]]),
    list("gap pilot", coef(others)[["pilot"]]),
    list("corrected innovation", corrected[["innovation"]]),
    list("corrected pilot", corrected[["pilot"]])
  ), function(line) {
    transform(extra, working = "identity", term = line[[1]], estimate = full_precision(line[[2]]))
  })
  rbind(found$table, do.call(rbind, lines))
}

# Schools that are pilots from 2018 on, in the years before.
relabelled <- function(rows) ifelse(rows$later == "", rows$school_type, "later pilot")

table <- do.call(rbind, lapply(c("weighted", "unweighted"), function(setting) {
  cell <- c("subject", "grade")
  by <- function(model, outcome, rows, type, controls, weight) {
    crossed(model, setting, outcome, rows, type, controls, cell, weight)$table
  }
  rbind(
    by("change", "proficient_pct", change, change$school_type, shares, change$harmonic),
    by("change_raw", "proficient_pct", change, change$school_type, character(), change$harmonic),
    by("change_apart", "proficient_pct", change,
       ifelse(change$school_type == change$school_type_first, change$school_type,
              paste(change$school_type_first, "to", change$school_type)),
       shares, change$harmonic),
    by("change_alike", "proficient_pct", change, change$school_type,
       "low_income_pct_level", change$harmonic),
    stacked(setting),
    value_added("same_cohort", setting),
    value_added("same_grade", setting),
    by("before_2016", "proficient_pct", early, relabelled(early), shares, early$n_tested),
    by("before_2017", "proficient_pct", late, relabelled(late), shares, late$n_tested),
    by("before_change", "proficient_pct", change, relabelled(change), shares, change$harmonic)
  )
}))
table <- table[order(table$model, table$setting, table$working), ]
write.csv(table, file.path(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("clubSandwich", packageVersion("clubSandwich"))),
           file.path(folder, "versions.txt"))
