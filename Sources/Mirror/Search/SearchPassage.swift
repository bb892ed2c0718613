import NIOCore
import SQLiteFiles
import Wire

/// A piece of a message as it is indexed.
struct SearchPassage: Hashable {
    static let user = "user"
    static let agent = "agent"
    /// A longer message is several passages.
    static let bytesMaximum = 16 << 10

    var message: MessageID?
    var speaker: String
    var seq: Seq
    var timestamp: Timestamp
    var text: String

    /// The passages of entries that follow one another; the chunks of a message are one.
    static func passages(of entries: [EncodedEntry]) -> [SearchPassage] {
        var passages: [SearchPassage] = []
        for entry in entries {
            // An entry that cannot be decoded is damage of the mirror, which is found and dealt with elsewhere.
            guard case .update(let update)? = (try? entry.decoded())?.body, let (name, chunk) = update.chunk,
                let text = chunk.content.text, !text.isEmpty
            else { continue }
            let speaker = name == "user_message_chunk" ? user : agent
            if let last = passages.last, last.message == chunk.messageID, last.speaker == speaker,
                last.text.utf8.count + text.utf8.count <= bytesMaximum
            {
                passages[passages.count - 1].text += text
                continue
            }
            var rest = text[...]
            while !rest.isEmpty {
                var piece = rest.prefix(bytesMaximum / 4)
                if rest.utf8.count <= bytesMaximum { piece = rest }
                passages.append(
                    SearchPassage(
                        message: chunk.messageID, speaker: speaker, seq: entry.from, timestamp: entry.timestamp,
                        text: String(piece)))
                rest = rest[piece.endIndex...]
            }
        }
        return passages
    }
}
