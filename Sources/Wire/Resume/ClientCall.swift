/// A method of a client that an agent calls: files and terminals of an editor (ACP, File System and Terminals).
///
/// It is no entry of the journal: it lives as long as the agent waits for it. The request is sent again to a client that comes
/// back, and carries the same key, so that nothing is done twice.
public struct ClientCall: Hashable, Sendable {
    /// Its key, the same however often it is sent.
    public var key: RequestKey
    /// ACP's method.
    public var method: String
    /// The method's parameters without `sessionId` and `_meta`.
    public var params: JSON

    /// Creates a call; `sessionId` and `_meta` of the parameters are left out.
    public init(key: RequestKey, method: String, params: JSON) {
        self.key = key
        self.method = method
        self.params = .object((params.members ?? []).filter { $0.key != "sessionId" && $0.key != "_meta" })
    }

    /// The call that a request is.
    ///
    /// - Throws: ``RPCError`` when it has no key.
    public init(method: String, params: JSON) throws(RPCError) {
        guard let key = params.belay?["requestKey"]?.string.flatMap(RequestKey.init(checking:)) else {
            throw .invalidParams("'requestKey' is missing or not a valid identifier")
        }
        self.init(key: key, method: method, params: params)
    }

    /// The reason of an answer that is too long for the way back (`data.belay.reason`).
    public static let tooLong = "answer_too_long"

    /// The request on one connection.
    ///
    /// - Parameter isPlain: Whether it goes to a plain ACP client, which is sent nothing of the layer.
    public func request(_ id: RequestID, session: SessionID, isPlain: Bool) -> Message {
        let stamp = JSON.Member("_meta", ["belay": ["requestKey": .string(key.rawValue)]])
        let members = [JSON.Member("sessionId", .string(session.rawValue))] + (params.members ?? [])
        return .request(id, method: method, params: .object(members + (isPlain ? [] : [stamp])))
    }
}
