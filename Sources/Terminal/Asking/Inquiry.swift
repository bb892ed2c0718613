import Screen

/// What the terminal is asked when it is opened, and what follows from its answers.
///
/// Nothing waits for the answers: the questions are written before the first frame, and answers change what comes after
/// them. So a slow link delays no frame, and a terminal that never answers is taken for a usual one.
struct Inquiry: Sendable {
    /// How long an answer can still be on its way when the terminal is given back.
    static let patience = Duration.seconds(1)

    /// Printed one at a time, and measured by where the cursor stands then: an ambiguous character, and emoji by the
    /// version of Unicode that they came with.
    private static let samples: [(text: String, version: Int?)] = [
        ("●", nil), ("🥲", 13), ("🫠", 14), ("🫨", 15), ("🫩", 16),
    ]

    private var widths: [Int] = []
    /// Whether the terminal has answered everything that it was going to.
    private(set) var isOver = false

    /// The questions. The samples are on the second row, since an answer from the first looks like F3.
    static let questions: String = {
        let measured = samples.map { "\u{1B}[2;1H\($0.text)\u{1B}[6n" }.joined()
        return background + "\u{1B}[?2026$p" + measured + "\u{1B}[2;1H\u{1B}[K\u{1B}[c"
    }()

    /// The question about the background.
    static let background = "\u{1B}]11;?\u{1B}\\"

    /// Takes an answer.
    ///
    /// - Returns: What is known now that was not before.
    mutating func take(_ report: TerminalReport) -> Finding? {
        switch report {
        case .background(let color): return .background(color)
        case .appearanceChanged: return .appearanceChanged
        case .mode(2026, isKnown: false): return .cannotSynchronize
        case .mode: return nil
        case .cursor(row: 2, let column) where widths.count < Self.samples.count:
            widths.append(column - 1)
            return widths.count == Self.samples.count ? .widths(conclusion) : nil
        case .cursor: return nil
        case .kind:
            isOver = true
            return nil
        }
    }

    /// What the widths of the samples mean.
    private var conclusion: WidthProfile {
        var profile = WidthProfile()
        profile.isAmbiguousWide = widths[0] == 2
        let newest = zip(Self.samples, widths).prefix { $0.version == nil || $1 == 2 }.last?.0.version
        if newest != Self.samples.last?.version { profile.emojiVersion = newest ?? 12 }
        return profile
    }

    /// What an answer means.
    enum Finding: Hashable, Sendable {
        case background(RGB)
        case appearanceChanged
        case cannotSynchronize
        case widths(WidthProfile)
    }
}

/// How wide the terminal draws what terminals disagree about.
struct WidthProfile: Hashable, Sendable {
    /// Whether characters of ambiguous width take two columns, as in old East Asian character sets.
    var isAmbiguousWide = false
    /// The newest version of Unicode whose emoji take two columns.
    var emojiVersion = Int.max

    /// Whether it draws every character in the columns that it is laid out for.
    var drawsAll: Bool { emojiVersion == .max }

    /// Whether the terminal draws a wide character in the two columns that it is laid out for.
    func draws(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x1F000, !drawsAll, let age = scalar.properties.age else { return true }
        return age.major <= emojiVersion
    }
}
