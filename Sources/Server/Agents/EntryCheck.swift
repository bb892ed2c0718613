import Agents
import NIOCore
import Wire

extension Entry.Body {
    /// How many bytes an entry takes besides its text, about.
    private static let overheadBytes = 96
    /// The longest entry, in bytes: with its stamp it has to fit a frame that clients take, 16 MiB, and a state.
    static let bytesMaximum = 8 << 20
    /// A text up to this length fits, whatever it holds: JSON writes six bytes for one at most.
    private static let textBytesUnencoded = bytesMaximum / 8

    /// Checks an entry of an agent: turns, questions and the agent's own end are the server's to write, and what could
    /// not be read back would count as damage of the journal. Done in the agent's task, so that it takes no time of an
    /// event loop.
    ///
    /// - Returns: How many bytes of the journal it takes, about.
    func checked() throws(TurnFailure) -> Int {
        switch self {
        case .update(.agentMessage(let chunk)), .update(.agentThought(let chunk)):
            // What most entries are: text, of which only the name can be wrong.
            guard case .text(let text) = chunk.content, chunk.messageID.map({ Name.isValid($0.rawValue) }) ?? true,
                text.utf8.count <= Entry.Body.textBytesUnencoded
            else {
                break
            }
            return text.utf8.count + Entry.Body.overheadBytes
        case .event(.turnStart), .event(.turnEnd), .event(.request), .event(.requestResolved), .event(.agentExit),
            .event(.agentRestarted), .event(.agentSession), .event(.forked):
            throw TurnFailure("the agent sent an entry that only the server may write")
        case .update, .event(.memory), .event(.note), .event(.other): break
        }
        let encoded = EncodedEntry(Entry(seq: 1, timestamp: 0, body: self))
        do throws(RPCError) { _ = try encoded.decoded() } catch {
            throw TurnFailure("the agent sent an entry that cannot be stored: \(error.message)")
        }
        guard encoded.payload.readableBytes <= Entry.Body.bytesMaximum else {
            throw TurnFailure(
                "the agent sent an update of more than \(Entry.Body.bytesMaximum >> 20) MiB, which is left out")
        }
        return encoded.payload.readableBytes + Entry.Body.overheadBytes
    }
}
