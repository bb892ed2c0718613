public import NIOCore

/// The `id` of a JSON-RPC request. It is valid on one connection only; what outlives a connection has an identifier.
public enum RequestID: Hashable, Sendable {
    /// An integer of 64 bits.
    case number(Int64)
    /// A string of at most ``bytesMaximum`` bytes.
    case string(String)
    /// `null`: in an error for a request whose own id could not be read.
    case null
}

/// One JSON-RPC 2.0 message.
public enum Message: Hashable, Sendable {
    /// A request, which is answered.
    case request(RequestID, method: String, params: JSON)
    /// A notification, which is not answered.
    case notification(method: String, params: JSON)
    /// The successful answer to a request.
    case response(RequestID, result: JSON)
    /// The error that answers a request.
    case failure(RequestID, RPCError)
}

extension RequestID: JSONConvertible {
    /// The longest string as an id, in bytes: it is kept until the answer is sent.
    public static let bytesMaximum = 128

    /// Decodes an id; throws −32600 for anything but an integer, a string within the bound, or `null`.
    public init(json: JSON) throws(RPCError) {
        switch json {
        case .string(let value):
            guard value.utf8.count <= RequestID.bytesMaximum else {
                throw RPCError(.invalidRequest, "'id' is longer than \(RequestID.bytesMaximum) bytes")
            }
            self = .string(value)
        case .integer(let value): self = .number(value)
        case .null: self = .null
        case .bool, .number, .array, .object: throw RPCError(.invalidRequest, "'id' is not an integer or a string")
        }
    }

    /// The id as JSON.
    public var json: JSON {
        switch self {
        case .number(let value): .integer(value)
        case .string(let value): .string(value)
        case .null: .null
        }
    }
}

extension Message: JSONConvertible {
    /// Decodes a message; a missing `jsonrpc` member is accepted, another version than 2.0 is not.
    public init(json: JSON) throws(RPCError) {
        guard case .object = json else { throw RPCError(.invalidRequest, "a message is a JSON object") }
        if let version = json["jsonrpc"], version != "2.0" {
            throw RPCError(.invalidRequest, "'jsonrpc' is not \"2.0\"")
        }
        let id = try json["id"].map { value throws(RPCError) in try RequestID(json: value) }
        if let method = json["method"] {
            guard let method = method.string else { throw RPCError(.invalidRequest, "'method' is not a string") }
            let params = json["params"] ?? .object([])
            if let id, id != .null {
                self = .request(id, method: method, params: params)
            } else {
                self = .notification(method: method, params: params)
            }
        } else if let error = json["error"], error != .null {
            do throws(RPCError) {
                self = .failure(id ?? .null, try RPCError(json: error))
            } catch {
                // −32600 and not −32602: an answer has no parameters that could be invalid.
                throw RPCError(.invalidRequest, "'error': \(error.message)")
            }
        } else if let id, let result = json["result"] {
            self = .response(id, result: result)
        } else {
            throw RPCError(.invalidRequest, "the message has neither 'method' nor 'result' nor 'error'")
        }
    }

    /// The message as JSON, with `"jsonrpc": "2.0"`.
    public var json: JSON {
        switch self {
        case .request(let id, let method, let params):
            ["jsonrpc": "2.0", "id": id.json, "method": .string(method), "params": params]
        case .notification(let method, let params):
            ["jsonrpc": "2.0", "method": .string(method), "params": params]
        case .response(let id, let result):
            ["jsonrpc": "2.0", "id": id.json, "result": result]
        case .failure(let id, let error):
            ["jsonrpc": "2.0", "id": id.json, "error": error.json]
        }
    }

    /// The message as the payload of one WebSocket text frame.
    public var encoded: ByteBuffer { json.encoded }
}
