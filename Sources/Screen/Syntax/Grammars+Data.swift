extension Grammars {
    /// Languages of data, schemas and queries.
    static let data: [Grammar] = [
        Grammar(
            "json jsonc json5 jsonl ndjson", line: "//", comments: [slashes], quotes: [.double],
            keywords: "true false null", .colonNames),
        Grammar(
            "yaml yml", line: "#", quotes: [.double, Grammar.Quote("'", hasEscapes: false)],
            keywords: "true false null yes no on off", [.colonNames, .hyphens, .spacedComments]),
        Grammar(
            "toml", line: "#",
            quotes: [.double, .tripleDouble, Grammar.Quote("'", hasEscapes: false), .tripleSingle],
            keywords: "true false inf nan", [.sections, .equalsNames, .hyphens]),
        Grammar(
            "ini conf cfg properties env dotenv systemd desktop gitconfig editorconfig", line: "# ;", quotes: [.double],
            keywords: "true false yes no on off", [.sections, .equalsNames, .spacedComments, .hyphens]),
        Grammar(
            "xml html htm xhtml svg vue svelte plist rss", comments: [Grammar.Comment("<!--", "-->")], quotes: [],
            .tags),
        Grammar(
            "css scss less sass", line: "//", comments: [slashes], quotes: [.double, .single],
            keywords: "important inherit initial unset auto none", [.colonNames, .atNames, .dollarNames, .hyphens]),
        Grammar(
            "sql mysql postgresql postgres psql sqlite plsql tsql", line: "--", comments: [slashes],
            quotes: [Grammar.Quote("'", hasEscapes: false), .double],
            keywords: """
                add all alter and as asc begin between by case check column commit constraint create cross database \
                default delete desc distinct drop else end exists explain false foreign from full group having if in \
                index inner insert intersect into is join key left like limit not null offset on or order outer \
                pragma primary references returning right rollback select set table then transaction trigger true \
                union unique update using values view when where with without
                """,
            types: """
                bigint blob boolean bytea char date decimal double float int integer json jsonb numeric real serial \
                smallint text time timestamp timestamptz uuid varchar
                """, .ignoresCase),
        Grammar(
            "protobuf proto", line: "//", comments: [slashes], quotes: [.double, .single],
            keywords: """
                enum extend extensions false import map message oneof option optional package public repeated \
                required reserved returns rpc service stream syntax true
                """, types: "bool bytes double fixed32 fixed64 float int32 int64 sint32 sint64 string uint32 uint64",
            .capitalTypes),
        Grammar(
            "graphql gql", line: "#", quotes: [.double, .tripleDouble],
            keywords: """
                directive enum extend false fragment implements input interface mutation null on query scalar schema \
                subscription true type union
                """, [.capitalTypes, .dollarNames, .atNames, .colonNames]),
        Grammar(
            "hcl terraform tf", line: "# //", comments: [slashes], quotes: [.double],
            keywords: "data false for if in locals module null output provider resource terraform true variable",
            [.equalsNames, .hyphens]),
        Grammar("csv tsv", quotes: [Grammar.Quote("\"", hasEscapes: false)]),
        Grammar(
            "nginx", line: "#", quotes: [.double, .single],
            keywords: """
                events http include listen location proxy_pass return rewrite root server server_name try_files \
                upstream worker_processes
                """, .dollarNames),
    ]

    /// Texts that are read by line.
    static let texts: [Grammar] = [
        Grammar("diff patch udiff", form: .diff),
        Grammar("markdown md mdx", form: .markdown),
        Grammar("text txt plain plaintext", form: .text),
        Grammar(
            "latex tex bibtex", line: "%", quotes: [],
            [.backslashNames, .atNames]),
    ]
}
