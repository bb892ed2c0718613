import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite struct FrameDecoderTests {
    @Test(arguments: Corpus.all)
    func aMessageIsTheSameHoweverItIsCut(message: Message) throws {
        let bytes = message.encoded
        for cut in 0...bytes.readableBytes {
            var decoder = FrameDecoder()
            let view = bytes.readableBytesView
            let head = ByteBuffer(view.prefix(cut))
            let rest = ByteBuffer(view.dropFirst(cut))
            #expect(try decoder.feed(head, isLast: false) == nil)
            #expect(try decoder.feed(rest, isLast: true) == message, "cut at \(cut)")
        }
        var decoder = FrameDecoder()
        for byte in bytes.readableBytesView {
            #expect(try decoder.feed(ByteBuffer([byte]), isLast: false) == nil)
        }
        #expect(try decoder.feed(ByteBuffer(), isLast: true) == message, "byte by byte")
        #expect(try decoder.feed(bytes, isLast: true) == message, "nothing is left over")
    }

    @Test func aFragmentThatItsSenderWritesToAgainIsNotChanged() throws {
        var decoder = FrameDecoder()
        var fragment = ByteBuffer(string: #"{"method":"#)
        _ = try decoder.feed(fragment, isLast: false)
        fragment.clear()
        fragment.writeString("overwritten")
        let message = try decoder.feed(ByteBuffer(string: #""a"}"#), isLast: true)
        #expect(message == .notification(method: "a", params: [:]))
    }

    @Test func aMessageOfExactlyTheBoundIsTaken() throws {
        let message = Message.notification(method: "a", params: [:])
        let bytes = message.encoded
        var decoder = FrameDecoder(bytesMaximum: bytes.readableBytes)
        #expect(try decoder.feed(bytes, isLast: true) == message)

        var short = FrameDecoder(bytesMaximum: bytes.readableBytes - 1)
        let failure = thrownError(FrameDecoder.Failure.self) { try short.feed(bytes, isLast: true) }
        #expect(failure == .tooBig(maximum: bytes.readableBytes - 1))
        #expect(failure?.answer == nil)
    }

    @Test func anEndlessMessageIsStoppedAtTheBoundAndTheDecoderIsEmpty() throws {
        var decoder = FrameDecoder(bytesMaximum: 64)
        for _ in 0..<64 { #expect(try decoder.feed(ByteBuffer(string: " "), isLast: false) == nil) }
        let failure = thrownError(FrameDecoder.Failure.self) {
            try decoder.feed(ByteBuffer(string: " "), isLast: false)
        }
        #expect(failure == .tooBig(maximum: 64))
        #expect(
            try decoder.feed(ByteBuffer(string: #"{"method":"a"}"#), isLast: true)
                == .notification(method: "a", params: [:]))
    }

    @Test func textThatIsNoJSONIsAnsweredWithTheByte() throws {
        var decoder = FrameDecoder()
        _ = try decoder.feed(ByteBuffer(string: #"{"method":"#), isLast: false)
        let failure = thrownError(FrameDecoder.Failure.self) {
            try decoder.feed(ByteBuffer(string: #""\q"}"#), isLast: true)
        }
        #expect(failure == .json(JSONError(reason: .badEscape, offset: 12)))
        #expect(
            failure?.answer
                == RPCError(
                    RPCError.Code(rawValue: -32700), "invalid JSON at byte 12: not an escape",
                    data: ["offset": 12, "reason": "not an escape"]))
        #expect(try decoder.feed(ByteBuffer(string: #"{"method":"a"}"#), isLast: true) != nil, "the peer may go on")
    }

    @Test func nestingIsBoundedByTheDecoderItself() {
        var decoder = FrameDecoder(depthMaximum: 2)
        let failure = thrownError(FrameDecoder.Failure.self) {
            try decoder.feed(ByteBuffer(string: #"{"method":"a","params":[[]]}"#), isLast: true)
        }
        #expect(failure == .json(JSONError(reason: .tooDeep, offset: 24)))
    }

    @Test(arguments: [
        ("[]", "a message is a JSON object"), ("[{\"method\":\"a\"}]", "a message is a JSON object"),
        ("1", "a message is a JSON object"), ("null", "a message is a JSON object"),
        ("{}", "the message has neither 'method' nor 'result' nor 'error'"),
        (#"{"jsonrpc":"1.0","method":"a"}"#, "'jsonrpc' is not \"2.0\""),
        (#"{"jsonrpc":2.0,"method":"a"}"#, "'jsonrpc' is not \"2.0\""),
        (#"{"method":7}"#, "'method' is not a string"), (#"{"method":null}"#, "'method' is not a string"),
        (#"{"id":1.5,"method":"a"}"#, "'id' is not an integer or a string"),
        (#"{"id":[],"method":"a"}"#, "'id' is not an integer or a string"),
        (#"{"id":true,"result":1}"#, "'id' is not an integer or a string"),
        (#"{"result":1}"#, "the message has neither 'method' nor 'result' nor 'error'"),
        (#"{"id":1}"#, "the message has neither 'method' nor 'result' nor 'error'"),
        (#"{"id":1,"error":null}"#, "the message has neither 'method' nor 'result' nor 'error'"),
        (#"{"id":1,"error":{"message":"m"}}"#, "'error': 'code' is missing"),
        (#"{"id":1,"error":{"code":"c","message":"m"}}"#, "'error': 'code' is not an integer"),
        (#"{"id":1,"error":{"code":1}}"#, "'error': 'message' is missing"),
        (#"{"id":1,"error":"bad"}"#, "'error': 'code' is missing"),
    ])
    func jsonThatIsNoMessageIsAnInvalidRequest(text: String, reason: String) {
        var decoder = FrameDecoder()
        let failure = thrownError(FrameDecoder.Failure.self) {
            try decoder.feed(ByteBuffer(string: text), isLast: true)
        }
        let error = RPCError(RPCError.Code(rawValue: -32600), reason)
        #expect(failure == .message(error))
        #expect(failure?.answer == error)
    }
}
