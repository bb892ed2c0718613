/// What is written beside the frames: the window's title, notifications, and the clipboard.
extension Terminal {
    /// The longest text for the clipboard, in bytes: some terminals take no more.
    public static let clipboardBytesMaximum = 74_994

    /// Sets the title of the window, where the one before can be restored. Nothing is written when it is the same.
    public func setTitle(_ text: String) {
        guard asksAndAnswers, text != title else { return }
        if send(Terminal.titleSequence(text)) { title = text }
    }

    /// The sequence that sets a title.
    static func titleSequence(_ text: String) -> String { "\u{1B}]2;\(text.withoutControls)\u{1B}\\" }

    /// Tells the user something, unless `way` is `nil`.
    public func notify(_ text: String, by way: NotificationWay?) {
        if let way { send(way.sequence(text)) }
    }

    /// Asks the terminal to put a text on the clipboard (OSC 52), also across ssh. Whether it does is not answered.
    ///
    /// - Returns: Whether it was asked: not for a text that is too long.
    public func copy(_ text: String) -> Bool {
        guard asksAndAnswers, text.utf8.count <= Terminal.clipboardBytesMaximum else { return false }
        return send("\u{1B}]52;c;\(Base64.text(of: text.utf8))\u{1B}\\")
    }
}

/// Base64 with padding (RFC 4648 §4).
enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(of bytes: some Collection<UInt8>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        var rest = bytes[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            let value = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for index in 0..<4 {
                let isPadding = index > group.count
                result.append(isPadding ? UInt8(ascii: "=") : letters[Int(value >> (18 - 6 * UInt32(index)) & 63)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
