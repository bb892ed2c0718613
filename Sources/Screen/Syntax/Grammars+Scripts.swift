extension Grammars {
    /// Languages of scripts, of the shell and of the browser.
    static let scripts: [Grammar] = [
        Grammar(
            "javascript js jsx mjs cjs node", line: "//", comments: [slashes], quotes: [.double, .single, .backtick],
            keywords: javascriptWords, [.capitalTypes, .atNames]),
        Grammar(
            "typescript ts tsx mts cts", line: "//", comments: [slashes], quotes: [.double, .single, .backtick],
            keywords: javascriptWords + """
                 abstract as asserts declare enum implements infer interface is keyof module namespace never override \
                private protected public readonly satisfies type unique
                """, types: "any bigint boolean number object string symbol unknown void", [.capitalTypes, .atNames]),
        Grammar(
            "python py python3 pycon ipython gyp", line: "#", quotes: [.double, .single, .tripleDouble, .tripleSingle],
            keywords: """
                and as assert async await break case class continue def del elif else except False finally for from \
                global if import in is lambda match None nonlocal not or pass raise return True try while with yield \
                self
                """, types: "bool bytes dict float frozenset int list object set str tuple type",
            [.capitalTypes, .atNames]),
        Grammar(
            "ruby rb gemfile rakefile", line: "#", comments: [Grammar.Comment("=begin", "=end")],
            quotes: [.double, .single],
            keywords: """
                alias and begin break case class def defined do else elsif end ensure false for if in module next nil \
                not or redo require require_relative rescue retry return self super then true undef unless until when \
                while yield attr_accessor attr_reader attr_writer private protected public raise
                """, [.capitalTypes, .atNames, .spacedComments]),
        Grammar(
            "perl pl pm", line: "#", quotes: [.double, .single],
            keywords: """
                and cmp defined die do else elsif eq for foreach ge given goto gt if last le local lt my ne next no \
                not or our package print redo require return say sub undef unless until use when while xor
                """, [.dollarNames, .atNames, .spacedComments]),
        Grammar(
            "php", line: "// #", comments: [slashes], quotes: [.double, .single],
            keywords: """
                abstract and array as break callable case catch class clone const continue declare default do echo \
                else elseif empty enum extends false final finally fn for foreach function global goto if implements \
                include instanceof interface isset list match namespace new null or print private protected public \
                readonly require require_once return static switch throw trait true try unset use var while yield
                """, types: "bool float int iterable mixed never object string void",
            [.capitalTypes, .dollarNames, .ignoresCase]),
        Grammar(
            "lua", line: "--", comments: [Grammar.Comment("--[[", "]]")],
            quotes: [.double, .single, Grammar.Quote("[[", "]]", hasEscapes: false, spansLines: true)],
            keywords: """
                and break do else elseif end false for function goto if in local nil not or repeat return then true \
                until while
                """),
        Grammar(
            "shell bash sh zsh ksh ash dash console shellsession terminal", line: "#",
            quotes: [
                Grammar.Quote("\"", spansLines: true), Grammar.Quote("'", hasEscapes: false, spansLines: true),
            ],
            keywords: """
                break case continue do done elif else esac eval exec exit export fi for function if in local readonly \
                return select set shift source then trap unset until while time
                """, [.dollarNames, .spacedComments, .hyphens, .equalsNames]),
        Grammar(
            "fish", line: "#", quotes: [.double, .single],
            keywords: "and begin break case continue else end for function if in not or return set source switch while",
            [.dollarNames, .spacedComments, .hyphens]),
        Grammar(
            "powershell ps1 pwsh ps", line: "#", comments: [Grammar.Comment("<#", "#>")],
            quotes: [.double, Grammar.Quote("'", hasEscapes: false)],
            keywords: """
                begin break catch class continue data do dynamicparam else elseif end enum exit filter finally for \
                foreach function if in param process return switch throw trap try until using while
                """, [.dollarNames, .ignoresCase, .hyphens]),
        Grammar(
            "r rscript", line: "#", quotes: [.double, .single],
            keywords: "break else FALSE for function if in Inf NA NaN next NULL repeat return TRUE while library"),
        Grammar(
            "julia jl", line: "#", comments: [Grammar.Comment("#=", "=#", nests: true)],
            quotes: [.double, .tripleDouble],
            keywords: """
                abstract baremodule begin break catch const continue do else elseif end export false finally for \
                function global if import in let local macro module mutable nothing primitive quote return struct \
                true try type using where while
                """, [.capitalTypes, .atNames]),
        Grammar(
            "vim viml vimscript", line: "\"", quotes: [Grammar.Quote("'", hasEscapes: false)],
            keywords: """
                augroup autocmd call command echo else elseif endfor endfunction endif endwhile execute for function \
                if in let map nmap imap vmap nnoremap inoremap vnoremap return set setlocal syntax while
                """),
        Grammar(
            "dockerfile docker containerfile", line: "#", quotes: [.double, .single],
            keywords: """
                add arg as cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell \
                stopsignal user volume workdir
                """, [.ignoresCase, .dollarNames, .spacedComments, .hyphens]),
        Grammar(
            "makefile make mk", line: "#", quotes: [.double, .single],
            keywords: "define else endef endif export ifdef ifeq ifndef ifneq include override unexport vpath",
            [.dollarNames, .colonNames, .equalsNames, .hyphens]),
        Grammar(
            "cmake", line: "#", quotes: [.double],
            keywords: """
                add_executable add_library add_subdirectory add_test cmake_minimum_required else elseif endforeach \
                endfunction endif endmacro find_package foreach function if include install macro message option \
                project set target_compile_options target_include_directories target_link_libraries
                """, types: "private public interface required version true false on off", [.ignoresCase, .dollarNames]),
    ]

    private static let javascriptWords = """
        async await break case catch class const continue debugger default delete do else export extends false finally \
        for from function get if import in instanceof let new null of return set static super switch this throw true \
        try typeof undefined var void while with yield
        """
}
