import Agents
import NIOCore
import Wire

extension Entry.Body {
    /// How many bytes an entry takes besides its text, about.
    private static let overheadBytes = 96

    /// Checks an entry of an agent: turns, questions and the agent's own end are the server's to write, and what could
    /// not be read back would count as damage of the journal. Done in the agent's task, so that it takes no time of an
    /// event loop.
    ///
    /// - Returns: How many bytes of the journal it takes, about.
    func checked() throws(TurnFailure) -> Int {
        switch self {
        case .update(.agentMessage(let chunk)), .update(.agentThought(let chunk)):
            // What most entries are: text, of which only the name can be wrong.
            guard case .text(let text) = chunk.content, chunk.messageID.map({ Name.isValid($0.rawValue) }) ?? true
            else {
                break
            }
            return text.utf8.count + Entry.Body.overheadBytes
        case .event(.turnStart), .event(.turnEnd), .event(.request), .event(.requestResolved), .event(.agentExit),
            .event(.agentRestarted), .event(.agentSession):
            throw TurnFailure("the agent sent an entry that only the server may write")
        case .update, .event(.memory), .event(.note), .event(.other): break
        }
        let encoded = EncodedEntry(Entry(seq: 1, timestamp: 0, body: self))
        do throws(RPCError) { _ = try encoded.decoded() } catch {
            throw TurnFailure("the agent sent an entry that cannot be stored: \(error.message)")
        }
        return encoded.payload.readableBytes + Entry.Body.overheadBytes
    }
}
