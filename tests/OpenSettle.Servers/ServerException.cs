namespace OpenSettle.Servers;

/// <summary>A server that does not start or does not do what a test asks of it; with the last lines of its log.</summary>
public sealed class ServerException(string message, Exception? inner = null) : Exception(message, inner);
