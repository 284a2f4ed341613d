#!/usr/bin/env Rscript
#' The shop.

library(methods)
suppressPackageStartupMessages(library("till", quietly = TRUE))
require(pkg::no)
source("helpers.R")
source(file.path("a", "b.R"))

LIMIT <- 10
LIMIT <- 20
"odd name" = c(a = 1,
  b = 2)
x$y <- 3
z[1] <- function(no) no
5 -> right

#' Sells.
#'
#' @param what What is sold.
#' @export
sell <- function(what, count = 1L, ..., `odd arg` = c("a, b", ")")) {
  # Inside.
  helper <- function(a) a +
    1
  if (requireNamespace("late", quietly = TRUE)) source("late.R")
  inner = function() { function() NULL }
  lapply(1:3, function(i) { deep <<- function(j) j })
  "no <- function() 1"  # no2 <- function() 1
}

`%+%` <- function(a, b) paste0(a, b)
print.shop <- function(x, ...)
{
  invisible(x)
}
one <- two <- function(x) if (x)
  1 else 2
lambda <- \(x) x + 1
raw <- r"(no <- function() "1")"
if (interactive()) {
  only <- function() 1
  hidden <- 2
} else
  other <- function() 2
local({
  within <- function() NULL
})

# A person.
Person <- setClass("Person", representation(name = "character", age = "numeric", "VIRTUAL"), contains = c("Base", "VIRTUAL"))
setClass("Worker", slots = c(boss = "Person", "free"), contains = "Person", prototype = list(boss = NULL))
setClassUnion("AnyPerson", c("Person", "Worker"))
#' How old one is.
setGeneric("age", function(x, ...) standardGeneric("age"))
setGeneric("summary")
setMethod("age", "Person", function(x, ...) {
  nested <- function() 1
  x@age
})
setMethod("+", signature(e1 = "Person", e2 = "Worker"), function(e1, e2) e1)
setMethod("show", signature("Person"), show_person)
setReplaceMethod("age", "Person", function(x, value) x)

Account <- setRefClass("Account", contains = "Base",
  fields = list(balance = "numeric", owner = "character"),
  methods = list(
    # Puts in.
    deposit = function(x) {
      no <- function() 1
      balance <<- balance + x
    },
    initialize = function(...) initFields(...)
  ))

Stack <- R6::R6Class("Stack",
  inherit = pkg::Base,
  public = list(
    #' @field items What is on it.
    items = NULL,
    initialize = function(...) { },
    push = function(x) { invisible(self) }
  ),
  private = list(secret = 1, hide = function() NULL),
  active = list(size = function(value) length(self$items))
)
Unnamed <- R6Class(public = list(a = 1))
