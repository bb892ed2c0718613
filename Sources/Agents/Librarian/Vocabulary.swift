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
