import FailPoints
import Wire

/// Writes the answer, piece by piece, from what the other steps recorded.
struct AnswerStep {
    /// Sent instead of the rest when the recorded beginning is not a prefix of the answer, because another version of
    /// the program wrote it. Repeating the whole answer would be worse.
    static let broken = """


        (I was interrupted here by an update and cannot go on with the same words. Please ask again for the rest.)

        """

    let intent: Understanding.Intent

    func run(_ record: inout TurnRecord) async throws {
        let text = answer(record).text
        for (index, piece) in AnswerStep.pieces(of: text, after: record.text).enumerated() {
            if index > 0 {
                try await FailPoint.reached("librarian.step5.chunk", scope: record.turn.session.rawValue)
            }
            try await record.say(piece)
        }
    }

    private func answer(_ record: TurnRecord) -> Answer {
        let directory = record.turn.directory
        return switch intent {
        case .question(let question): Answer(question, Findings(record))
        case .list(let under): Answer(filesUnder: under, Findings(record))
        case .remember, .forget: Answer(ofRemembering: record.recorded(.remember))
        case .recall(let about): Answer(recalled: Findings(record), about: about)
        case .greeting: Answer(greeting: record.turn.state.memory[Memory.nameKey]?.string, directory: directory)
        case .thanks: Answer("You are welcome.")
        case .help: Answer(helpFor: directory)
        }
    }

    /// The pieces that are still to be sent after the recorded ones.
    static func pieces(of text: String, after said: String) -> [String] {
        guard !said.isEmpty else { return AnswerText.pieces(of: text) }
        guard text.utf8.starts(with: said.utf8) else {
            return said.hasSuffix(broken) ? [] : [broken]
        }
        return AnswerText.pieces(of: String(text[text.utf8.index(text.startIndex, offsetBy: said.utf8.count)...]))
    }
}

/// Splits a text into the chunks in which it is streamed.
enum AnswerText {
    /// The shortest chunk, in bytes; it ends at the next end of a sentence or line.
    static let pieceBytesMinimum = 64
    /// The longest chunk, in bytes.
    static let pieceBytesMaximum = 1024

    /// The pieces, which are the text again when joined. They end behind a line or a sentence.
    static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var previous: Character = " "
        for character in text {
            piece.append(character)
            let isGoodEnd = character.isNewline || character == " " && ".!?".contains(previous)
            let length = piece.utf8.count
            if isGoodEnd && length >= pieceBytesMinimum || length >= pieceBytesMaximum {
                pieces.append(piece)
                piece = ""
            }
            previous = character
        }
        return piece.isEmpty ? pieces : pieces + [piece]
    }
}
