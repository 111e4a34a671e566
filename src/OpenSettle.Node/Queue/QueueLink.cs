using OpenSettle.Node.Configuration;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace OpenSettle.Node.Queue;

/// <summary>The broker cannot be used now, or not in this way. The message names it without its password.</summary>
public sealed class QueueException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>One connection to the broker, made when it is needed and made anew when it is gone.</summary>
internal sealed class QueueLink(QueueOptions options, string name, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private IConnection? _connection;
    private bool _disposed;

    /// <summary>The broker, for who reads of it.</summary>
    public string Broker => $"{options.Broker.Host}:{(options.Broker.Port > 0 ? options.Broker.Port : options.Broker.Scheme == "amqps" ? 5671 : 5672)}";

    public bool IsOpen => Volatile.Read(ref _connection)?.IsOpen == true;

    /// <exception cref="QueueException">It cannot be reached, or does not let us in.</exception>
    public async Task<IConnection> ConnectAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connection is { IsOpen: true } open) return open;
            if (_connection is { } gone) await CloseAsync(gone, time);
            _connection = null;
            var factory = new ConnectionFactory
            {
                Uri = options.Broker,
                ClientProvidedName = name,
                // What was in flight has to be known as lost by whoever waits for it, and not be set up again behind his back.
                AutomaticRecoveryEnabled = false,
                TopologyRecoveryEnabled = false,
                RequestedConnectionTimeout = Patience,
                ContinuationTimeout = Patience,
                RequestedHeartbeat = Patience,
            };
            return _connection = await factory.CreateConnectionAsync(cancellation);
        }
        catch (Exception e) when (IsTransient(e) && !cancellation.IsCancellationRequested)
        {
            throw new QueueException($"The broker {Broker} of the setting queue cannot be used: {(e.InnerException ?? e).Message.Split('\n')[0].Trim()}", e);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Whether this is the broker's or the network's fault, and trying again may help.</summary>
    public static bool IsTransient(Exception e) =>
        e is RabbitMQClientException or QueueException or IOException or TimeoutException or System.Net.Sockets.SocketException or OperationCanceledException or ObjectDisposedException;

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_disposed) return;
            _disposed = true;
            if (_connection is { } connection) await CloseAsync(connection, time);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends a channel, whatever has become of it. One that leads nowhere is not waited for: the client may wait for ever.</summary>
    public static Task CloseAsync(IChannel channel, TimeProvider time) => WithinAsync(
        async () =>
        {
            await channel.AbortAsync();
            await channel.DisposeAsync();
        },
        time);

    private static Task CloseAsync(IConnection connection, TimeProvider time) => WithinAsync(
        async () =>
        {
            await connection.AbortAsync(CloseWithin);
            await connection.DisposeAsync();
        },
        time);

    private static async Task WithinAsync(Func<Task> close, TimeProvider time)
    {
        try
        {
            await close().WaitAsync(2 * CloseWithin, time);
        }
        catch (Exception e) when (IsTransient(e))
        {
            // It is gone already.
        }
    }
}
