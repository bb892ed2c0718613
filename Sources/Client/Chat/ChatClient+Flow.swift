import Transport
import Wire

/// Back-pressure: the server is read only as fast as the disk stores what it sends, and its requests are answered only
/// as fast as it reads the answers.
extension ChatClient {
    /// How many bytes may arrive while the disk writes the earlier ones; above it the connection is not read.
    static let unstoredBytesMaximum = 16 << 20
    /// How many bytes of answers to the server's own requests may wait in the connection's output.
    static let repliesBytesMaximum = 16 << 20

    func send(_ message: Message, on generation: Int) {
        guard let connection = connections[generation] else { return }
        switch message {
        case .response, .failure:
            // A server that asks without end and reads no answer is disconnected; questions that matter are asked
            // again.
            guard connection.bytesWaiting <= ChatClient.repliesBytesMaximum else {
                return connection.close(.tryAgainLater, "the server does not read the answers to its requests")
            }
        case .request, .notification: break
        }
        connection.write(message.encoded)
        connection.flush()
    }

    /// Stops reading from the connection while too many bytes are not on disk yet.
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

    /// The disk has stored what it was given: continues reading.
    func goOnReading() {
        for (generation, connection) in connections {
            bytesStored[generation] = connection.bytesReceived
            connection.setReading(true)
        }
    }
}
