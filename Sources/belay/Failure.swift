import ArgumentParser
import Client
import Glibc
import Platform
import SystemPackage
import Terminal
import Wire

/// How failures are reported: one line on standard error, and an exit code of sysexits.h.
enum Failure {
    static func exit(_ exit: BatchExit, _ message: String) -> ExitCode {
        Output.line("belay: \(message)", to: .standardError)
        return ExitCode(exit.rawValue)
    }

    /// Runs a body and maps its errors, which are all meant for the user, to exit codes.
    static func report(_ body: () throws -> Void) throws {
        do { try body() } catch let error as ClientError {
            switch error {
            case .configuration: throw exit(.configuration, "\(error)")
            case .folder: throw exit(.cannotCreate, "\(error)")
            case .token, .helper: throw exit(.noPermission, "\(error)")
            case .noSuchChat: throw exit(.noUser, "\(error)")
            case .input: throw exit(.noInput, "\(error)")
            case .data: throw exit(.dataError, "\(error)")
            }
        } catch let error as StoreError {
            throw exit(.ioError, "\(error)")
        } catch let error as SystemError {
            if error.code == .brokenPipe { ProcessSignals.die(of: SIGPIPE) }
            throw exit(.ioError, "\(error)")
        } catch let error as TerminalError {
            throw exit(.usage, "\(error)")
        }
    }
}
