;; Sells.
(ns ^:no-doc shop.till-api
  "The till.
  It counts."
  (:refer-clojure :exclude [get])
  (:require [clojure.string :as str]
            [shop.coin :refer [value worth]]
            shop.plain
            (shop [a :as b] c))
  (:use shop.used)
  #?(:clj (:import (java.util Date UUID) shop.java.Box)))

(def ^:private size 3)
(def said "How many." 4)
(defonce ^{:doc "x"} state (atom {}))
#_(defn away [] 1)
#_skipped (declare later)
(defn add
  "Adds."
  {:added "1.0"}
  ([a] a)
  ([a & more] (def inner 1) \( "(defn in-text [])"))
(defn- hidden [x' {:keys [y]}] x')
(defmacro with [& body] `(do ~@body))
(defmulti area "Of shapes." :shape)
(defmethod area :circle [shape] 1)
(defprotocol Sells "Who sells."
  (sell [this coin] "Sells one.")
  (stop [this]))
(defrecord Coin [value unit])
(deftype Box [a] Sells (sell [_ c] c))
(comment (defn no [] 1))
#?(:cljs (defn on-web [] 1)
   :clj (defn on-jvm [] 2))
(clojure.core/defn full [z] z)
(deftest adds (is (= 1 (add 1))))
