@main struct Belayd { static func main() {} }
