/// Why a user rejects what an agent asks for. ACP's answers have no place for it, so it stands in the layer's fields.
extension Question {
    /// The longest reason, in bytes; more is cut.
    public static let reasonBytesMaximum = 4_096

    /// Marks the parameters of a question: its agent reads the reason in the answer. Another is told with the next prompt.
    public static let readsReason = JSON.Member("_meta", ["belay": ["readsReason": true]])

    /// Whether the agent reads the reason in the answer.
    public var readsReason: Bool { params.belay?["readsReason"] == true }

    /// An answer with the reason for it.
    public static func answer(_ answer: JSON, because reason: String) -> JSON {
        let kept = String(decoding: reason.utf8.prefix(reasonBytesMaximum), as: UTF8.self)
        return .object(
            (answer.members ?? []) + [JSON.Member("_meta", ["belay": ["reason": .string(kept)]])])
    }

    /// The reason that an answer gives; `nil` for none.
    public static func reason(of answer: JSON) -> String? {
        answer.belay?["reason"]?.string.flatMap { $0.isInvisible ? nil : String($0.prefix(reasonBytesMaximum)) }
    }
}
