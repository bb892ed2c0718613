import Testing

@testable import Screen

/// The tokens of code, by the tables of languages.
@Suite struct SyntaxTests {
    @Test func everyLanguageHasItsNamesToItself() {
        let names = Grammars.all.flatMap(\.names)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0 == $0.lowercased() })
        #expect(Grammars.all.count >= 40)
    }

    @Test(arguments: Grammars.all.map { $0.names[0] })
    func theTokensOfALineAreTheLine(language: String) {
        var generator = SeededGenerator(seed: 7)
        var tokenizer = Tokenizer(language: language)
        let marks = Array("\"'`#/*-+{}[]()<>=:;@$\\&|~.,!? \u{e9}中abcXYZ019_")
        for _ in 0..<300 {
            let length = Int.random(in: 0...60, using: &generator)
            let line = String((0..<length).map { _ in marks.randomElement(using: &generator) ?? " " })
            #expect(tokenizer.next(line).map(\.text).joined() == line)
        }
    }

    @Test(arguments: [
        ("swift", "let a = \"x\" // y", "keyword:let plain: a =  string:\"x\" plain:  comment:// y"),
        ("Rust", "fn f<'a>(c: char) { 'x' }", "keyword:fn plain: f<'a>(c:  type:char plain:) {  string:'x' plain: }"),
        ("python", "@x\nTrue", "name:@x / keyword:True"),
        ("py", "a = '''b\nc'''d", "plain:a =  string:'''b / string:c''' plain:d"),
        (
            "c", "#include <a.h>\n/* b\n*/ int c;",
            "keyword:#include plain: <a.h> / comment:/* b / comment:*/ plain:  type:int plain: c;"
        ),
        (
            "json", "{\"a\": \"b\", \"c\": 1.5e3, \"d\": true}",
            "plain:{ name:\"a\" plain::  string:\"b\" plain:,  name:\"c\" plain::  number:1.5e3 plain:,  name:\"d\" plain::  keyword:true plain:}"
        ),
        ("yaml", "a-b: yes # c", "name:a-b plain::  keyword:yes plain:  comment:# c"),
        ("toml", "[a]\nb = 'c'", "type:[a] / name:b plain: =  string:'c'"),
        (
            "sh", "FOO=1 echo \"$x\" a#b # c",
            "name:FOO plain:= number:1 plain: echo  string:\"$x\" plain: a#b  comment:# c"
        ),
        ("html", "<a href=\"b\">c</a>", "type:<a plain:  name:href plain:= string:\"b\" type:> plain:c type:</a>"),
        ("xml", "<!-- a\n--><b/>", "comment:<!-- a / comment:--> type:<b/>"),
        ("diff", "@@ -1 +1 @@\n-a\n+b\n c", "hunk:@@ -1 +1 @@ / removed:-a / added:+b / plain: c"),
        ("SQL", "SELECT a FROM b -- c", "keyword:SELECT plain: a  keyword:FROM plain: b  comment:-- c"),
        ("d", "/+ a /+ b +/ c\n+/ int d", "comment:/+ a /+ b +/ c / comment:+/ plain:  type:int plain: d"),
        ("nothing", "let a", "plain:let a"),
    ])
    func tokens(language: String, text: String, expected: String) {
        var tokenizer = Tokenizer(language: language)
        let lines = text.split(separator: "\n").map { line in
            tokenizer.next(String(line)).map { "\($0.kind):\($0.text)" }.joined(separator: " ")
        }
        #expect(lines.joined(separator: " / ") == expected)
    }

    @Test func aWordIsLookedUpWholeHoweverLongItsLine() {
        var tokenizer = Tokenizer(language: "swift")
        let line = String(repeating: "let ", count: 20_000)
        let tokens = tokenizer.next(line)
        #expect(tokens.map(\.text).joined() == line)
        #expect(tokens.last?.kind == .plain)
    }
}
