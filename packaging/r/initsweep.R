# Runs of initsweep in R: source("initsweep.R"). Needs jsonlite; pictures need ggplot2.
#
#     run <- read_run("results/forum-thread")
#     subset(run$summary, metric == "std" & site == "post", c(init, layer, estimate, conf_low, conf_high, theory))
#     plot_run(run, "std")

# The tables of a finished run, as a list: summary, and expect, compare, stopping and bands where the config asked for
# them. Columns have the types that datapackage.json declares. Whole numbers beyond 32 bits are doubles, which are exact.
read_run <- function(path) {
  if (!file.exists(file.path(path, "run.json"))) stop(path, " holds no finished run: it has no run.json")
  package <- jsonlite::fromJSON(file.path(path, "datapackage.json"), simplifyVector = FALSE)
  tables <- Filter(function(resource) resource$format == "csv", package$resources)
  names(tables) <- vapply(tables, function(resource) resource$name, "")
  lapply(tables, function(resource) .initsweep_table(file.path(path, resource$path), resource$schema$fields))
}

.initsweep_table <- function(path, fields) {
  names(fields) <- vapply(fields, function(field) field$name, "")
  # As text first: what is missing differs from column to column.
  table <- utils::read.csv(path, colClasses = "character", check.names = FALSE, na.strings = character(), encoding = "UTF-8")
  for (name in names(table)) {
    column <- table[[name]]
    column[column %in% unlist(fields[[name]]$missingValues)] <- NA
    table[[name]] <- switch(fields[[name]]$type,
      integer = .initsweep_whole(column), number = as.numeric(column), boolean = as.logical(column), column)
  }
  table
}

.initsweep_whole <- function(text) {
  numbers <- as.numeric(text)
  if (all(abs(numbers) <= .Machine$integer.max, na.rm = TRUE)) as.integer(numbers) else numbers
}

# The values of every trial: one row per cell, trial, layer, site and metric. `...` are options of `initsweep export`,
# such as "--metric", "std". The program has to be on the path.
read_trials <- function(path, ...) {
  text <- system2("initsweep", shQuote(c("export", path, ...)), stdout = TRUE)
  if (!is.null(attr(text, "status"))) stop("initsweep export failed")
  utils::read.csv(text = text, check.names = FALSE, na.strings = "none")
}

# Okabe and Ito's colours, which people with any colour vision tell apart.
initsweep_colors <- c("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d")

# The look of the program's own figures.
theme_initsweep <- function(base_size = 9) {
  ggplot2::theme_minimal(base_size = base_size) + ggplot2::theme(
    panel.grid.minor = ggplot2::element_blank(),
    panel.grid.major = ggplot2::element_line(colour = "#e6e6e6", linewidth = 0.25),
    axis.line = ggplot2::element_line(colour = "#000000", linewidth = 0.25),
    legend.title = ggplot2::element_blank())
}

# Estimates of one metric with their 95 % intervals, on dashed theory: a line for each kind of cell. `x` is "layer"
# (every measured layer), or a column such as "depth" (the last layer). Gives a plot of ggplot2, to add to.
plot_run <- function(run, metric, site = NULL, x = "layer") {
  rows <- run$summary[run$summary$metric == metric, ]
  if (nrow(rows) == 0) stop(metric, " was not measured: there is ", paste(unique(run$summary$metric), collapse = ", "))
  known <- intersect(c("stream", "branch", "post", "pre", "input", "grad_post", "grad_pre", "grad_weight", "jacobian"), rows$site)
  rows <- rows[rows$site == (if (is.null(site)) known[1] else site), ]
  if (x != "layer") rows <- rows[rows$layer == rows$depth, ]
  rows$series <- .initsweep_series(rows, x)
  # Lines of theory have two points at least.
  known <- rows[!is.na(rows$theory), ]
  known <- known[stats::ave(seq_along(known$series), known$series, FUN = length) > 1, ]
  picture <- ggplot2::ggplot(rows, ggplot2::aes(.data[[x]], estimate, colour = series, fill = series)) +
    ggplot2::geom_ribbon(ggplot2::aes(ymin = conf_low, ymax = conf_high), alpha = 0.35, colour = NA) +
    ggplot2::geom_line(ggplot2::aes(y = theory, group = series), known, colour = "#4d4d4d", linetype = "dashed") +
    ggplot2::geom_line() + ggplot2::geom_point(size = 1) +
    ggplot2::labs(x = gsub("_", " ", x), y = gsub("_", " ", metric)) + theme_initsweep()
  if (length(unique(rows$series)) <= length(initsweep_colors)) {
    picture <- picture + ggplot2::scale_colour_manual(values = initsweep_colors) +
      ggplot2::scale_fill_manual(values = initsweep_colors)
  }
  has_factors <- all(rows$estimate > 0) && max(rows$estimate) > 30 * min(rows$estimate)
  if (isTRUE(has_factors)) picture + ggplot2::scale_y_log10() else picture
}

# What tells lines apart, in words, in the order of the rows.
.initsweep_series <- function(rows, x) {
  differs <- function(name) name != x && length(unique(rows[[name]])) > 1
  factors <- Filter(differs, c("label", "activation", "init", "operation", "width", "depth", "batch", "input_mean",
    "input_std", "input_correlation", "precision"))
  if (x == "layer" && "label" %in% factors && all(tapply(rows$cell, factor(rows$label, exclude = NULL), function(cells) length(unique(cells))) == 1)) {
    factors <- "label" # It names a whole set-up.
  }
  lines <- interaction(rows[c(factors, x)], drop = TRUE)
  if (any(tapply(rows$cell, lines, function(cells) length(unique(cells))) > 1)) {
    factors <- c(factors, "cell") # They differ in what has no column.
  }
  words <- lapply(factors, function(name) {
    if (is.numeric(rows[[name]])) paste(name, rows[[name]]) else as.character(rows[[name]])
  })
  series <- if (length(words)) do.call(paste, c(words, sep = ", ")) else rep(rows$metric[1], nrow(rows))
  factor(series, levels = unique(series))
}

utils::globalVariables(c(".data", "conf_high", "conf_low", "estimate", "series", "theory"))
