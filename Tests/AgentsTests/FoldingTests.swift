import Foundation
import Testing

@testable import Agents

/// A word is found however it is spelled: in the question, or in the file.
@Suite struct FoldingTests {
    /// A question, and a text that has its word.
    static let pairs: [(String, String)] = [
        // Width.
        ("API", "ＡＰＩキーの更新"), ("ＡＰＩ", "the API key"), ("サーバー", "ｻｰﾊﾞｰﾉ設定"), ("ｻｰﾊﾞｰ", "サーバーの設定"),
        ("パスワード", "ﾊﾟｽﾜｰﾄﾞ"), ("１２３４", "port 1234"),
        // Korean.
        ("데이터베이스는", "데이터베이스가 느립니다"), ("시스템", "결제시스템구조"), ("시스템", "시스템의 구조"),
        ("한국어", "한국어".decomposedStringWithCanonicalMapping), ("한국어".decomposedStringWithCanonicalMapping, "한국어"),
        // Vietnamese and other Latin letters with marks.
        ("tieng viet", "Tiếng Việt"), ("quyen", "Quyền truy cập"), ("Tiếng Việt", "tieng viet"),
        ("quyền", "Quyền".decomposedStringWithCanonicalMapping), ("Ångström", "angstrom"), ("ǖber", "uber"),
        // Case.
        ("straßenkarte", "STRASSENKARTE"), ("STRASSENKARTE", "straßenkarte"), ("STRAẞENKARTE", "strassenkarte"),
        ("GRÖSSEN", "Größen"), ("ΟΔΟΣ", "οδος"), ("οδός", "ΟΔΌΣ"), ("Იდენტობა", "იდენტობა"),
        ("ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "საქართველო"),
        ("ᏣᎳᎩ", "ꮳꮃꭹ"), ("ꮳꮃꭹ", "ᏣᎳᎩ"), ("İSTANBUL", "istanbul"), ("ПРИВЕТ", "привет"),
        // Marks.
        ("كتاب", "كِتَابٌ"), ("كِتَابٌ", "كتاب"), ("محمد", "محـــمد"), ("שלום", "שָׁלוֹם"), ("елка", "Ёлка"), ("ёлка", "елка"),
        ("क़लम", "क\u{093C}लम"), ("ज़रूर", "जरूर"),
        // Invisible and compatibility characters.
        ("Konfiguration", "Konfi\u{AD}guration"), ("password", "pass\u{200B}word"), ("pass\u{200B}word", "password"),
        ("file", "ﬁle"), ("office", "o\u{FB03}ce"), ("h2o", "H₂O"), ("matrix", "𝐌𝐚𝐭𝐫𝐢𝐱"), ("hpa", "㍱"),
        ("می\u{200C}خواهم", "میخواهم"),
        // Parts of identifiers.
        ("пользователя", "данныеПользователя"), ("größe", "maximaleGröße"), ("ÉCRAN", "tailleÉcran"),
    ]

    @Test(arguments: pairs) func theWordIsFoundAndShownAsItIs(question: String, text: String) async throws {
        let (data, folder) = (try TestFolder(), try TestFolder(["hit.txt": text + "\n", "other.txt": "zzz qqq\n"]))
        let session = SessionFolder(folder.path)
        let index = try PassageIndex(path: data.path + "/x.sqlite", key: IndexKey(session))
        _ = try await index.take(try FileLister.list(session, limits: LibrarianLimits()))
        _ = try await index.refresh(session, limits: LibrarianLimits())
        let asked = Question(question, after: nil, source: nil)
        let candidates = try await index.candidates(asked.expression, limit: 100)
        #expect(candidates.map(\.path) == ["hit.txt"], "\(asked.expression)")
        let words = Words.vocabulary(of: text)
        #expect(asked.terms.contains { Ranking.holds(words, $0) }, "\(asked.terms) in \(words)")
        let quote = Quote(Passage(line: 1, lines: [text]), path: "hit.txt", question: asked, length: 5)
        #expect(quote.lines.map { Array($0.utf8) } == [Array(text.utf8)], "what is quoted is not folded")
    }

    /// Whatever is folded stays so, has the same lines, and every form of it folds to the same.
    @Test func everyCharacterFoldsOnce() {
        for value in UInt32(0x80)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.properties.age != nil else { continue }
            let text = "a\(scalar)b"
            let folded = Folding.word(text)
            #expect(
                Folding.word(folded).unicodeScalars.elementsEqual(folded.unicodeScalars),
                "U+\(String(value, radix: 16))")
            #expect(Folding.word(Folding.text(text)).unicodeScalars.elementsEqual(folded.unicodeScalars))
            for form in [text.decomposedStringWithCanonicalMapping, text.precomposedStringWithCanonicalMapping] {
                #expect(
                    Folding.word(form).unicodeScalars.elementsEqual(folded.unicodeScalars),
                    "U+\(String(value, radix: 16))")
            }
            #expect(folded.utf8.count { $0 == 0x0A } == text.utf8.count { $0 == 0x0A })
        }
    }

    /// The vowels of Hindi, Thai and Burmese, and the voiced sounds of Japanese, make other words.
    @Test(arguments: ["कि", "की", "ที่", "ကို", "が", "ド", "ກໍ"]) func marksThatSpellStay(word: String) {
        #expect(
            Folding.word(word).unicodeScalars.elementsEqual(
                word.precomposedStringWithCompatibilityMapping.unicodeScalars))
    }

    @Test func theUsersWordsAreSaid() async throws {
        let (data, folder) = (try TestFolder(), try TestFolder(["a.md": "Nothing here.\n"]))
        var conversation = Conversation(folder.path, data: data)
        #expect(try await conversation.ask("数据库").text.contains("“数据库”"))
        #expect(try await conversation.ask("데이터베이스는?").text.contains("“데이터베이스는”"))
        #expect(try await conversation.ask("Größen").text.contains("“Größen”"))
        #expect(Question("数据库连接", after: nil, source: nil).subject == "数据库连接")
    }
}
