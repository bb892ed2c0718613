extension Grammars {
    /// Languages of virtual machines.
    static let managed: [Grammar] = [
        Grammar(
            "java", line: "//", comments: [slashes], quotes: [.double, .single, .tripleDouble],
            keywords: """
                abstract assert break case catch class const continue default do else enum extends final finally for \
                goto if implements import instanceof interface native new non-sealed null package permits private \
                protected public record return sealed static strictfp super switch synchronized this throw throws \
                transient true false try var volatile while yield
                """, types: "boolean byte char double float int long short void", [.capitalTypes, .atNames]),
        Grammar(
            "kotlin kt kts", line: "//", comments: [nestedSlashes], quotes: [.double, .single, .tripleDouble],
            keywords: """
                abstract actual annotation as break by catch class companion const constructor continue crossinline \
                data do else enum expect external false final finally for fun get if import in infix init inline \
                inner interface internal is it lateinit noinline null object open operator out override package \
                private protected public reified return sealed set super suspend tailrec this throw true try \
                typealias val value var vararg when where while
                """, [.capitalTypes, .atNames]),
        Grammar(
            "scala sc sbt", line: "//", comments: [nestedSlashes], quotes: [.double, .tripleDouble, .single],
            keywords: """
                abstract case catch class def do else enum export extends extension false final finally for given if \
                implicit import inline lazy match new null object opaque override package private protected return \
                sealed super then this throw trait true try type using val var while with yield
                """, [.capitalTypes, .atNames, .shortCharacters]),
        Grammar(
            "csharp c# cs", line: "//", comments: [slashes],
            quotes: [.double, .single, Grammar.Quote("@\"", "\"", hasEscapes: false, spansLines: true), .tripleDouble],
            keywords: """
                abstract as async await base break case catch checked class const continue default delegate do else \
                enum event explicit extern false finally fixed for foreach get goto if implicit in init interface \
                internal is lock namespace new null operator out override params partial private protected public \
                readonly record ref required return sealed set sizeof stackalloc static struct switch this throw \
                true try typeof unchecked unsafe using var virtual volatile when where while with yield
                """,
            types:
                "bool byte char decimal double dynamic float int long nint object sbyte short string uint ulong void",
            [.capitalTypes, .directives]),
        Grammar(
            "fsharp f# fs", line: "//", comments: [Grammar.Comment("(*", "*)", nests: true)],
            quotes: [.double, .tripleDouble],
            keywords: """
                abstract and as assert async begin class default do done downcast elif else end exception extern \
                false finally for fun function if in inherit inline interface let match member module mutable \
                namespace new null of open or override private public rec return sig static struct then to true try \
                type upcast use val when while with yield
                """, types: "bool byte char decimal float int int64 list option seq string unit", .capitalTypes),
        Grammar(
            "dart flutter", line: "//", comments: [slashes], quotes: [.double, .single, .tripleDouble, .tripleSingle],
            keywords: """
                abstract as assert async await base break case catch class const continue default do dynamic else \
                enum export extends extension external factory false final finally for get if implements import in \
                interface is late library mixin new null on operator part required rethrow return sealed set static \
                super switch sync this throw true try typedef var when while with yield
                """, types: "bool double int num void", [.capitalTypes, .atNames, .dollarNames]),
        Grammar(
            "groovy gradle jenkinsfile", line: "//", comments: [slashes],
            quotes: [.double, .single, .tripleDouble, .tripleSingle],
            keywords: """
                abstract as assert break case catch class continue def default do else enum extends false final \
                finally for if implements import in instanceof interface new null package private protected public \
                return static super switch this throw throws trait true try var while
                """, types: "boolean byte char double float int long short void", [.capitalTypes, .atNames]),
    ]
}
