# Rscript packaging/r/test.R RUN...: the tables that initsweep.R reads have the declared types and the values of the files,
# and pictures hold the numbers of the tables. RUN is the directory of a finished run.
arguments <- commandArgs(trailingOnly = TRUE)
source(file.path("packaging", "r", "initsweep.R"))
kinds <- list(integer = c("integer", "numeric"), number = "numeric", boolean = "logical", string = "character")
for (path in arguments) {
  run <- read_run(path)
  package <- jsonlite::fromJSON(file.path(path, "datapackage.json"), simplifyVector = FALSE)
  for (resource in Filter(function(resource) resource$format == "csv", package$resources)) {
    table <- run[[resource$name]]
    raw <- read.csv(file.path(path, resource$path), colClasses = "character", na.strings = character())
    stopifnot(nrow(table) == nrow(raw), length(table) == length(resource$schema$fields))
    for (field in resource$schema$fields) {
      column <- table[[field$name]]
      text <- raw[[field$name]]
      missing <- text %in% unlist(field$missingValues)
      stopifnot(class(column) %in% kinds[[field$type]], is.na(column) == missing)
      if (field$type %in% c("integer", "number")) stopifnot(column[!missing] == as.numeric(text[!missing]))
      if (field$type == "string") stopifnot(column[!missing] == text[!missing])
    }
  }
  metric <- run$summary$metric[1]
  sites <- c("stream", "branch", "post", "pre", "input", "grad_post", "grad_pre", "grad_weight", "jacobian")
  picture <- plot_run(run, metric)
  drawn <- ggplot2::ggplot_build(picture)$data
  # The last layer of the picture is the points.
  points <- drawn[[length(drawn)]]
  chosen <- run$summary[run$summary$metric == metric, ]
  expected <- chosen$estimate[chosen$site == intersect(sites, chosen$site)[1]]
  y <- if (inherits(picture$scales$get_scales("y"), "ScaleContinuous")) 10^points$y else points$y
  # Logarithms and back: some units in the last place.
  stopifnot(length(y) == length(expected), all(abs(sort(y) - sort(expected)) <= 1e-12 * abs(sort(expected))))
  file <- tempfile(fileext = ".pdf")
  ggplot2::ggsave(file, picture, width = 6, height = 3)
  stopifnot(file.size(file) > 1000)
  cat(path, ":", length(run), "tables, the declared types, a picture of", metric, "\n")
}
stopifnot(inherits(try(plot_run(run, "nothing"), silent = TRUE), "try-error"))
stopifnot(inherits(try(read_run("/"), silent = TRUE), "try-error"))
if (nzchar(Sys.which("initsweep"))) {
  trials <- read_trials(arguments[1], "--metric", run$summary$metric[1], "--layer", "last")
  stopifnot(nrow(trials) > 0, is.numeric(trials$value), min(trials$trial) == 0)
}
