# Write what clubSandwich says of one coefficient in three published regressions.
#
# Usage: Rscript run_clubsandwich.R FOLDER, where make_data.R has written the data.

suppressMessages(library(clubSandwich))

folder <- commandArgs(trailingOnly = TRUE)[1]
deaths <- read.csv(file.path(folder, "mortality.csv"))
students <- read.csv(file.path(folder, "hsb82.csv"), stringsAsFactors = FALSE)
students$mean_ses <- ave(students$ses, students$school)

panel <- mrate ~ 0 + legal + beertaxa + factor(state) + factor(year)
fits <- list(
  mortality = list(lm(panel, deaths), deaths$state, "legal"),
  mortality_weighted = list(lm(panel, deaths, weights = pop), deaths$state, "legal"),
  hsb82 = list(
    lm(math ~ I(sector == "catholic") + minority + ses + mean_ses, students),
    students$school, 'I(sector == "catholic")TRUE'
  )
)

one <- function(name, kind, inverse_var) {
  fit <- fits[[name]]
  covariance <- vcovCR(fit[[1]], cluster = fit[[2]], type = kind, inverse_var = inverse_var)
  test <- coef_test(fit[[1]], vcov = covariance, test = "Satterthwaite", coefs = fit[[3]])
  data.frame(
    example = name, kind = kind, working = if (inverse_var) "inverse_weights" else "identity",
    estimate = test$beta, std_error = test$SE, df = test$df_Satt, p_value = test$p_Satt
  )
}

rows <- expand.grid(name = names(fits), kind = c("CR0", "CR1", "CR2"), inverse_var = c(FALSE, TRUE),
                    stringsAsFactors = FALSE)
rows <- rbind(rows, data.frame(name = "hsb82", kind = "CR3", inverse_var = c(FALSE, TRUE)))
found <- do.call(rbind, Map(one, rows$name, rows$kind, rows$inverse_var))
found[4:7] <- lapply(found[4:7], format, digits = 17, trim = TRUE)
write.csv(found, file.path(folder, "expected.csv"), row.names = FALSE, quote = FALSE)
writeLines(
  c(R.version.string, paste(c("clubSandwich", "mlmRev"), c(
    as.character(packageVersion("clubSandwich")), as.character(packageVersion("mlmRev"))
  ))),
  file.path(folder, "versions.txt")
)
