import Transport
import Wire

/// What a server may make wait in this program: it is read as fast as the disk takes what it says, and answered as fast
/// as it reads the answers.
extension ChatClient {
    /// How many bytes may come while the disk takes what came before them; then the server waits.
    static let unstoredBytesMaximum = 16 << 20
    /// How many bytes of answers to a server's own requests may wait for it.
    static let repliesBytesMaximum = 16 << 20

    func send(_ message: Message, on generation: Int) {
        guard let connection = connections[generation] else { return }
        switch message {
        case .response, .failure:
            // A server that asks without end and reads no answer is left; whatever it asks in earnest it asks again.
            guard connection.bytesWaiting <= ChatClient.repliesBytesMaximum else {
                return connection.close(.tryAgainLater, "the answers are not read")
            }
        case .request, .notification: break
        }
        connection.write(message.encoded)
        connection.flush()
    }

    /// Bytes came: when there are too many that are on no disk, no more are read.
    func pauseReading(_ generation: Int) {
        guard let connection = connections[generation] else { return }
        guard isStoring else {
            bytesStored[generation] = connection.bytesReceived
            return
        }
        if connection.bytesReceived - (bytesStored[generation] ?? 0) > ChatClient.unstoredBytesMaximum {
            connection.setReading(false)
        }
    }

    /// The disk is done with what it was given.
    func goOnReading() {
        for (generation, connection) in connections {
            bytesStored[generation] = connection.bytesReceived
            connection.setReading(true)
        }
    }
}
