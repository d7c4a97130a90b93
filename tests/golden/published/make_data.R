# Write the data of published examples, the columns that the tests need.
#
# Usage: Rscript make_data.R FOLDER, with clubSandwich and mlmRev.

suppressMessages({
  library(clubSandwich)
  library(mlmRev)
})

to <- function(frame, name) {
  path <- file.path(commandArgs(trailingOnly = TRUE)[1], name)
  write.csv(frame, path, row.names = FALSE, quote = FALSE)
}

# Deaths of 18 to 20 year olds: the example of clubSandwich's vignette on panel data.
data("MortalityRates", package = "clubSandwich")
deaths <- subset(MortalityRates, cause == "Motor Vehicle" & year <= 1983 & !is.na(beertaxa))
to(deaths[c("state", "year", "legal", "beertaxa", "pop", "mrate")], "mortality.csv")

# Mathematics achievement in Catholic and public schools. The mean of ses is that of the rows.
data("Hsb82", package = "mlmRev")
stopifnot(max(abs(Hsb82$meanses - ave(Hsb82$ses, Hsb82$school))) < 1e-12)
to(with(Hsb82, data.frame(
  school = as.character(school), sector = tolower(sector), minority = as.integer(minrty == "Yes"),
  ses, math = mAch
)), "hsb82.csv")

# The data set `voters` of fwildclusterboot is random: its documentation names the sizes and the
# seed, and its generator the order of the draws. These are the same draws, by base R alone.
set.seed(5)
n <- 300
clustered <- function(groups, icc) {
  shift <- rnorm(length(unique(groups)), sd = sqrt(icc / (1 - icc)))
  shift[as.integer(factor(groups))] + rnorm(n)
}
group <- sample(40, n, replace = TRUE)
other_group <- sample(20, n, replace = TRUE)
ideology <- clustered(group, 0.01)
other_ideology <- clustered(other_group, 0.01)
log_income <- rlnorm(n, 2.4 - 0.1 * ideology, 0.12)
immigration <- sample(10, n, replace = TRUE)
defense <- sample(10, n, replace = TRUE)
treatment <- rbinom(n, 1, 0.5)
latent <- ideology + other_ideology + 0.2 * treatment + 2 * immigration + rnorm(n, sd = 3)
vote <- rbinom(n, 1, pnorm(latent))
to(data.frame(group, treatment, log_income, immigration, defense, vote), "voters.csv")
