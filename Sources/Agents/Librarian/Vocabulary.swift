/// The English that the librarian knows.
enum Vocabulary {
    /// Words that say how a question is built and not what it is about.
    static let functionWords = Set(
        """
        a about after all also am an and any are as at be been before but by can could did do does doing done each
        either else ever find for from get gets give given had has have having he help her here him his how i if in
        into is it its just know let like make makes many may me might more most much must my need no not of off on
        only or other our out over please same say see she should show so some such take tell than thanks that the
        their them then there these they thing things this those to too under up us very was we were what when where
        which while who whom whose why will with without would you your explain describe exactly happens happen
        don doesn isn what's ve re ll
        """.split { $0 == " " || $0 == "\n" }.map(String.init))

    /// Words that fit every file: they count only when a question has no others.
    static let weak: Set<String> = [
        "file", "files", "folder", "code", "project", "repository", "repo", "program", "source", "work", "works",
        "working", "use", "overview", "purpose", "summary",
    ]

    /// Verbs of which the question is made and seldom the code: they count a little.
    static let verbs: Set<String> = Set(
        """
        decide decides decided determine determines choose chooses chosen notice notices know knows make sure
        guarantee guarantees ensure ensures manage manages handle handles cause causes keep keeps become becomes
        """.split { $0 == " " || $0 == "\n" }.map(String.init))

    /// How much a verb counts.
    static let verbWeight = 0.3

    /// Words that programs use for one thing: whoever asks for the one is content with another.
    static let synonyms: [[String]] = [
        ["reconnect", "backoff", "redial", "retry", "resume"], ["delete", "remove", "erase", "drop"],
        ["begin", "start", "launch", "spawn"], ["end", "stop", "terminate", "kill", "shutdown"],
        ["error", "failure", "exception", "fault"], ["login", "authenticate", "authentication", "auth"],
        ["save", "store", "persist", "write"], ["settings", "configuration", "config", "options", "preferences"],
        ["parse", "decode", "read"], ["encode", "serialize", "write"], ["limit", "bound", "maximum", "quota"],
        ["password", "secret", "credential"], ["connect", "dial", "open"], ["wait", "delay", "timeout", "sleep"],
        ["show", "display", "render", "paint", "draw"], ["find", "search", "lookup", "query"],
        ["speed", "performance", "benchmark"], ["order", "sort", "rank"], ["check", "validate", "verify"],
        ["message", "packet", "frame"], ["user", "principal", "account", "customer"], ["key", "keyboard", "keypress"],
        ["merge", "coalesce", "join", "combine"], ["cancel", "abort", "interrupt"], ["install", "setup", "deploy"],
    ]

    /// The words that stand for the same, folded.
    static func alternatives(to word: String) -> [String] {
        let stem = Words.stem(word)
        var found: [String] = []
        for group in synonyms where group.contains(where: { Words.stem($0) == stem }) {
            found += group.filter { Words.stem($0) != stem && !found.contains($0) }
        }
        return found
    }

    /// Words that say which kind of passage is asked for.
    static let focus: [String: Question.Focus] = [
        "test": .tests, "tests": .tests, "tested": .tests, "testing": .tests,
        "used": .usage, "uses": .usage, "usage": .usage, "called": .usage, "calls": .usage, "callers": .usage,
        "defined": .definition, "declared": .definition, "implemented": .definition, "definition": .definition,
        "implementation": .definition, "lives": .definition,
    ]

    /// A question that begins so goes on from the one before.
    static let connectives: Set<String> = ["and", "but", "so", "also", "then"]

    /// Words that stand for something said before.
    static let pronouns: Set<String> = [
        "it", "its", "that", "this", "they", "them", "their", "those", "these", "there",
    ]
}
