# Time clubSandwich on the regression of a CSV file: Rscript inference.R FILE CALLS
#
# Prints the seconds of each call, the standard errors, the degrees of freedom, and the versions.

suppressMessages(library(clubSandwich))

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
columns <- grep("^x[0-9]+$", names(data), value = TRUE)
fit <- lm(reformulate(columns, "outcome", intercept = FALSE), data, weights = weight)

tested <- function() coef_test(fit, vcov = "CR2", cluster = data$school, test = "Satterthwaite")
test <- tested()
clock <- function() as.numeric(Sys.time())
seconds <- replicate(as.integer(arguments[2]), {
  start <- clock()
  tested()
  clock() - start
})
for (numbers in list(seconds, test$SE, test$df_Satt)) cat(sprintf("%.17g", numbers), "\n")
cat(as.character(getRversion()), as.character(packageVersion("clubSandwich")), "\n")
