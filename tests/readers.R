# Types that read.csv and readr guess for the columns of tables: a line of table, reader, column and type each.
#
#     Rscript tests/readers.R TABLE...
kind <- function(column, reader) {
  if (is.integer(column)) "integer"
  else if (identical(class(column), "numeric")) {
    # readr guesses no integers at all, and those of R have 32 bits.
    whole <- all(is.finite(column)) && all(column == floor(column))
    if (whole && (reader == "readr" || any(column > .Machine$integer.max))) "integer number" else "number"
  }
  else if (is.logical(column) && !all(is.na(column))) "boolean"
  else if (is.character(column)) "string"
  else class(column)[1]
}
for (table in commandArgs(trailingOnly = TRUE)) {
  frames <- list(
    read.csv = read.csv(table, check.names = FALSE),
    readr = suppressMessages(readr::read_csv(table, show_col_types = FALSE, progress = FALSE))
  )
  for (reader in names(frames)) {
    frame <- frames[[reader]]
    cat(sprintf("%s\t%s\t\t%d rows\n", table, reader, nrow(frame)))
    cat(sprintf("%s\t%s\t%s\t%s\n", table, reader, names(frame), vapply(frame, kind, "", reader)), sep = "")
  }
}
