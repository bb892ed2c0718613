extension Grammars {
    /// Functional languages.
    static let functional: [Grammar] = [
        Grammar(
            "haskell hs", line: "--", comments: [Grammar.Comment("{-", "-}", nests: true)], quotes: [.double, .single],
            keywords: """
                as case class data default deriving do else foreign forall hiding if import in infix infixl infixr \
                instance let module newtype of qualified then type where
                """, [.capitalTypes, .shortCharacters]),
        Grammar(
            "ocaml ml mli reason", comments: [Grammar.Comment("(*", "*)", nests: true)], quotes: [.double, .single],
            keywords: """
                and as assert begin class constraint do done downto else end exception external false for fun function \
                functor if in include inherit initializer lazy let match method module mutable new nonrec object of \
                open or private rec sig struct then to true try type val virtual when while with
                """, types: "array bool bytes char exn float int list option string unit",
            [.capitalTypes, .shortCharacters]),
        Grammar(
            "elixir ex exs", line: "#", quotes: [.double, .single, .tripleDouble],
            keywords: """
                after alias and case catch cond def defimpl defmacro defmodule defp defprotocol defstruct do else end \
                false fn for if import in nil not or quote raise receive require rescue true try unless unquote use \
                when with
                """, [.capitalTypes, .atNames]),
        Grammar(
            "erlang erl", line: "%", quotes: [.double, .single],
            keywords:
                "after and andalso begin case catch cond div end fun if let not of or orelse receive rem try when xor",
            .capitalTypes),
        Grammar(
            "lisp clojure clj cljs scheme racket elisp emacs-lisp common-lisp", line: ";",
            comments: [Grammar.Comment("#|", "|#", nests: true)], quotes: [Grammar.Quote("\"", spansLines: true)],
            keywords: """
                and begin case cond def defmacro defn define defun defvar do fn for if lambda let letrec loop nil not \
                ns or quote recur require set setq true false unless when
                """, .hyphens),
        Grammar(
            "nix", line: "#", comments: [slashes],
            quotes: [.double, Grammar.Quote("''", hasEscapes: false, spansLines: true)],
            keywords: "assert builtins else false if import in inherit let null or rec then true with",
            [.dollarNames, .hyphens, .equalsNames]),
        Grammar(
            "elm purescript", line: "--", comments: [Grammar.Comment("{-", "-}", nests: true)],
            quotes: [.double, .tripleDouble, .single],
            keywords: "alias as case else exposing if import in let module of port then type where",
            [.capitalTypes, .shortCharacters]),
    ]
}
