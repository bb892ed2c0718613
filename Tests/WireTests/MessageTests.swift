import NIOCore
import Testing
import Wire

@Suite struct MessageTests {
    @Test(arguments: Corpus.all)
    func comesBack(message: Message) throws { try expectRoundTrip(message) }

    @Test(arguments: [
        (#"{"id":1,"method":"m"}"#, Message.request(.number(1), method: "m", params: [:])),
        (#"{"jsonrpc":"2.0","id":"a","method":"m","params":[1]}"#, .request(.string("a"), method: "m", params: [1])),
        (#"{"method":"m","params":null}"#, .notification(method: "m", params: .null)),
        (#"{"id":null,"method":"m"}"#, .notification(method: "m", params: [:])),
        (#"{"id":1,"result":null}"#, .response(.number(1), result: .null)),
        (#"{"id":1,"result":{},"error":null}"#, .response(.number(1), result: [:])),
        (
            #"{"id":1,"result":{},"error":{"code":-1,"message":"m"}}"#,
            .failure(.number(1), .init(.init(rawValue: -1), "m"))
        ),
        (#"{"error":{"code":-1,"message":"m"}}"#, .failure(.null, .init(.init(rawValue: -1), "m"))),
    ])
    func whatOthersSendIsRead(text: String, message: Message) throws {
        #expect(try Message(json: try JSON(parsing: text)) == message)
    }

    @Test func isWrittenInOneOrder() {
        #expect(
            Message.request(.number(1), method: "m", params: ["a": 1]).json.text
                == #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}}"#)
        #expect(
            Message.notification(method: "m", params: [:]).json.text == #"{"jsonrpc":"2.0","method":"m","params":{}}"#)
        #expect(Message.response(.string("1"), result: .null).json.text == #"{"jsonrpc":"2.0","id":"1","result":null}"#)
        #expect(
            Message.failure(.null, RPCError(.parseError, "m")).encoded
                == ByteBuffer(string: #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}"#))
    }

    @Test func anErrorKeepsItsDataAndTellsItsReason() throws {
        let error = RPCError(
            .invalidParams, "the key was used before", data: ["belay": ["reason": "idempotency_conflict"], "more": [1]])
        try expectRoundTrip(error)
        expectRequired(["code", "message"], of: error)
        #expect(error.reason == "idempotency_conflict")
        #expect(error.description == "the key was used before (-32602)")
        #expect(RPCError(.internalError, "m").reason == nil)
        #expect(RPCError(.internalError, "m", data: "text").reason == nil)
    }

    @Test(
        arguments: [
            (RPCError.Code.parseError, -32700), (.invalidRequest, -32600), (.methodNotFound, -32601),
            (.invalidParams, -32602), (.internalError, -32603), (.authRequired, -32000), (.resourceNotFound, -32002),
        ] as [(RPCError.Code, Int64)])
    func codesAreTheOnesOfTheSpecifications(code: RPCError.Code, number: Int64) { #expect(code.rawValue == number) }
}
