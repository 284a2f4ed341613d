;;; till.el --- Counts coins  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The mill

;; Author: A Miller <miller@example.org>
;; Version: 1.2
;; Package-Requires: ((emacs "28.1") (coin "2"))

;;; Commentary:

;; It counts what is in the till.
;; (defun in-comment ())

;;; Code:

(require 'cl-lib)
(require 'till-coins)
(eval-when-compile
  (require 'subr-x))
(autoload 'till-far "till-far" "Far." t)
(load "till-extra")

(defgroup till nil
  "All of the till."
  :group 'applications)

(defcustom till-size 3
  "How many coins.
They all fit."
  :type 'integer)

(defvar till-open nil "Whether it is open: (defun in-text ()).")
(defvar-local till-here ?\( "Where.")
(defconst till-none 0)
(defface till-face '((t :inherit bold)) "How it looks.")

;; Adds.
(defun till-add (a &optional b &rest more)
  (interactive)
  (let ((inner 1)) (defun not-at-the-top () inner)))

;;;###autoload
(defun till-say (text)
  "Say TEXT."
  (message "%s" text))

(cl-defstruct (till-coin (:constructor make-it)) "A coin." value)
(defmacro till-with (x &rest body) "With X." `(progn ,x ,@body))
(cl-defmethod till-sum ((coin till-coin) n) "Sum." n)
(define-minor-mode till-mode "Mode." :global t)
(define-derived-mode till-view special-mode "Till" "View.")
(defalias 'till-plus #'till-add "Add.")
(when t (defvar till-late 1))
(ert-deftest till-test () (should t))
(global-set-key [f5] 'till-say)
(provide 'till)
;;; till.el ends here
