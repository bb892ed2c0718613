import Testing

@testable import Agents

/// A word is found where it stands, also in scripts that put no blanks between words.
@Suite struct UnspacedTests {
    /// A sentence for each file, and a question for each that holds a word of it.
    private static let texts: KeyValuePairs<String, String> = [
        "ja.md": "このプロジェクトの責任者は田中さんです。毎週金曜日に会議を開きます。",
        "zh.md": "本项目的负责人是李华，发布时间为每周五下午。",
        "th.md": "ผู้รับผิดชอบโครงการนี้คือสมชาย และประชุมทุกวันศุกร์",
        "km.md": "អ្នកទទួលខុសត្រូវគឺសុខា",
        "my.md": "တာဝန်ခံသည်အောင်ဖြစ်သည်",
        "lo.md": "ຜູ້ຮັບຜິດຊອບແມ່ນສົມພອນ",
        "mixed.md": "設定ファイルはconfig.tomlに置きます。retryPolicyを参照。",
        "en.md": "The person in charge is Tanaka. Meetings are on Fridays.",
    ]

    @Test(arguments: [
        ("責任者は誰ですか？", "ja.md"), ("責任者", "ja.md"), ("金曜日", "ja.md"), ("会議", "ja.md"), ("谁是负责人？", "zh.md"),
        ("发布", "zh.md"), ("ผู้รับผิดชอบ", "th.md"), ("ประชุม", "th.md"), ("ទទួលខុសត្រូវ", "km.md"), ("တာဝန်ခံ", "my.md"),
        ("ຮັບຜິດຊອບ", "lo.md"), ("設定ファイル", "mixed.md"), ("retryPolicyとは", "mixed.md"),
        ("config.tomlはどこ？", "mixed.md"), ("who is in charge?", "en.md"),
    ])
    func theVeryWordIsFound(question: String, file: String) async throws {
        let (data, folder) = (try TestFolder(), try TestFolder(Self.texts))
        let session = SessionFolder(folder.path)
        let index = try PassageIndex(path: data.path + "/x.sqlite", key: IndexKey(session))
        _ = try await index.take(try FileLister.list(session, limits: LibrarianLimits()))
        _ = try await index.refresh(session, limits: LibrarianLimits())
        let asked = Question(question, after: nil, source: nil)
        let candidates = try await index.candidates(asked.expression, limit: 100)
        #expect(Ranking(asked).best(of: candidates, limit: 5).first?.path == file, "\(asked.expression)")
    }

    @Test func pairsAreThoseOfTheRuns() {
        #expect(Unspaced.pairs(in: "責任者、a 田中") == ["責任", "任者", "者", "田中", "中"])
        #expect(Unspaced.pairs(in: "retryPolicy").isEmpty)
        #expect(Unspaced.pairs(in: "").isEmpty)
        #expect(Unspaced.terms(in: "retryPolicyを参照") == ["retryPolicy", "を参", "参照"])
        #expect(Unspaced.terms(in: "者") == ["者"])
        #expect(Unspaced.terms(in: "größe") == ["größe"])
        #expect(Unspaced.terms(in: "한국어는") == ["한국", "국어", "어는"], "particles are joined to words")
    }
}
