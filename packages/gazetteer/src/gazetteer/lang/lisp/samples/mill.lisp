;;;; The mill.

#| (defun in-block ()) |#
(defpackage #:mill
  (:use #:cl)
  (:export #:grind))
(in-package #:mill)
(asdf:defsystem "mill"
  :description "Grinds."
  :depends-on (#:alexandria "cl-ppcre" (:version "x" "1.0"))
  :components ((:file "package") (:module "src" :components ((:file "wheel") (:file "stone")))))
(require :sb-posix)
(load "extra.lisp")
(eval-when (:compile-toplevel) (defvar *early* 1))
(defparameter *speed* 3 "How fast.")
(defconstant +max+ #\()
(DEFUN grind (corn &key fine)
  "Grinds CORN."
  (let ((a "(defun in-text ())")) a))
(defun (setf weight) (new bag) new)
(defgeneric turn (wheel))
(defmethod turn :before ((w wheel)) w)
(defclass wheel (thing) ((size :initarg :size)) (:documentation "Turns."))
(define-condition stuck (error) ())
(defstruct (bag (:conc-name bag-)) "A bag." weight)
(defmacro with-wheel ((w) &body body) `(let (,w) ,@body))
(deftype weight () 'integer)
