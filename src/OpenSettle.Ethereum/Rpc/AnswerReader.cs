using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.Json;
using OpenSettle.Ethereum.Ports;

namespace OpenSettle.Ethereum.Rpc;

/// <summary>Takes the result out of an answer, or says why there is none.</summary>
/// <param name="endpoint">Where the answers come from; its credentials are in no error.</param>
internal sealed class AnswerReader(Uri endpoint)
{
    /// <summary>The endpoint without credentials.</summary>
    public string Endpoint { get; } = EndpointName.Of(endpoint);

    /// <summary>The answer to one call.</summary>
    public T Read<T>(RpcCall<T> call, long id, HttpAnswer answer)
    {
        var reply = new ReplyReader(Endpoint, call.Method);
        RequireJson(reply, answer);
        try
        {
            return ReadOne(call, id, answer, reply);
        }
        catch (JsonException failure)
        {
            throw NotJson(reply, failure);
        }
    }

    /// <summary>The answers to many calls, whose numbers follow one another, in the order of the calls.</summary>
    public T[] ReadBatch<T>(IReadOnlyList<RpcCall<T>> calls, long firstId, HttpAnswer answer)
    {
        var reply = new ReplyReader(Endpoint, calls[0].Method);
        RequireJson(reply, answer);
        try
        {
            return ReadMany(calls, firstId, answer, reply);
        }
        catch (JsonException failure)
        {
            throw NotJson(reply, failure);
        }
    }

    private T ReadOne<T>(RpcCall<T> call, long id, HttpAnswer answer, ReplyReader reply)
    {
        var cursor = new ReplyCursor(reply, answer.Body);
        cursor.Start();
        var results = new T[1];
        // Read on the way, and not looked for first: the numbers of an answer come before its result, or after.
        var envelope = ReadEnvelope(ref cursor, answer.Succeeded ? call : null, results);
        cursor.End();
        if (envelope.Error is { } error) return Answered(call, error, answer, reply);
        if (envelope.Id != id) reply.Refuse("the answer's 'id' is not that of the request.");
        if (!envelope.Taken) Take(call, envelope, answer, cursor, out results[0]);
        return results[0];
    }

    private T[] ReadMany<T>(IReadOnlyList<RpcCall<T>> calls, long firstId, HttpAnswer answer, ReplyReader reply)
    {
        var cursor = new ReplyCursor(reply, answer.Body);
        cursor.Start();
        if (cursor.Token == JsonTokenType.StartObject) RefuseWhole(ref cursor, answer, reply);
        cursor.EnterArray("batch");
        var results = new T[calls.Count];
        var answered = new bool[calls.Count];
        var count = 0;
        for (; cursor.NextItem(); count++)
        {
            var envelope = ReadEnvelope<T>(ref cursor, null, []);
            var at = envelope.Id is { } id && id >= firstId && id - firstId < calls.Count ? (int)(id - firstId) : -1;
            if (envelope.Error is { } stray && at < 0) throw Failure(stray, answer, reply);
            if (at < 0 || answered[at]) reply.Refuse("an answer of the batch has a strange or repeated 'id'.");
            answered[at] = true;
            if (envelope.Error is { } error) results[at] = Answered(calls[at], error, answer, reply);
            else Take(calls[at], envelope, answer, cursor, out results[at]);
        }

        cursor.End();
        if (count != calls.Count) reply.Refuse($"{calls.Count} calls were sent, {count} answered.");
        return results;
    }

    /// <summary>An endpoint that refuses a whole batch answers with one error.</summary>
    [DoesNotReturn]
    private void RefuseWhole(ref ReplyCursor cursor, HttpAnswer answer, ReplyReader reply)
    {
        var whole = ReadEnvelope<bool>(ref cursor, null, []);
        cursor.End();
        if (whole.Error is { } error) throw Failure(error, answer, reply);
        reply.Refuse("the batch was answered with an object that is not an error.");
    }

    /// <param name="call">The call whose result is taken on the way; null where it is only looked for.</param>
    /// <param name="result">Where it is put.</param>
    private static Envelope ReadEnvelope<T>(ref ReplyCursor cursor, RpcCall<T>? call, Span<T> result)
    {
        cursor.EnterObject("answer");
        var envelope = default(Envelope);
        var fields = new ObjectFields(EnvelopeField.Names);
        while (fields.Next(ref cursor))
        {
            switch (fields.Current)
            {
                case EnvelopeField.Id:
                    envelope.Id = IdOf(ref cursor);
                    break;
                case EnvelopeField.Error:
                    if (!cursor.IsNull) envelope.Error = AnswerErrors.Read(ref cursor);
                    break;
                // A null may stand beside an error.
                case EnvelopeField.Result when call is not null && !cursor.IsNull:
                    result[0] = call.Take(ref cursor);
                    envelope.Taken = true;
                    break;
                default:
                    envelope.Result = cursor.Raw();
                    break;
            }
        }

        return envelope;
    }

    private static void Take<T>(RpcCall<T> call, Envelope envelope, HttpAnswer answer, ReplyCursor cursor, out T result)
    {
        if (!answer.Succeeded) cursor.Reply.Refuse($"HTTP {(int)answer.Status} with a result.");
        if (envelope.Result.IsEmpty) cursor.Reply.Refuse("the answer has neither 'result' nor 'error'.");
        var at = cursor.On(envelope.Result);
        result = call.Take(ref at);
    }

    private static long? IdOf(ref ReplyCursor cursor)
    {
        switch (cursor.Token)
        {
            case JsonTokenType.Number:
                return long.TryParse(cursor.Raw(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
            case JsonTokenType.String:
                return long.TryParse(cursor.Text("id"), NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number : null;
            default:
                cursor.Skip();
                return null;
        }
    }

    private T Answered<T>(RpcCall<T> call, RpcError error, HttpAnswer answer, ReplyReader reply) =>
        call.TakeError is not null && call.TakeError(error, out var instead) ? instead : throw Failure(error, answer, reply);

    private ChainException Failure(RpcError error, HttpAnswer answer, ReplyReader reply)
    {
        var kind = RpcErrors.Classify(reply.Method, error.Code, error.Message);
        if (answer.Status == HttpStatusCode.TooManyRequests) kind = ChainErrorKind.RateLimited;
        return new ChainException(kind, Endpoint, reply.Method, $"error {error.Code}: {EndpointName.Quote(endpoint, error.Message)}")
        {
            RevertData = kind == ChainErrorKind.Reverted ? RevertData.Find(error.Data) : default,
            RetryAfter = kind == ChainErrorKind.RateLimited ? answer.RetryAfter : null,
        };
    }

    /// <summary>Errors of the method come with any status; a page of a proxy in between is told by its status alone.</summary>
    private void RequireJson(ReplyReader reply, HttpAnswer answer)
    {
        if (answer.Succeeded || AnswerErrors.IsIn(reply, answer.Body)) return;
        throw new ChainException(AnswerErrors.KindOf(reply.Method, answer.Status), Endpoint, reply.Method, $"HTTP {(int)answer.Status}.")
        {
            RetryAfter = answer.RetryAfter,
        };
    }

    private ChainException NotJson(ReplyReader reply, JsonException failure) =>
        new(ChainErrorKind.BadReply, Endpoint, reply.Method, $"the answer is not JSON: {EndpointName.Quote(endpoint, failure.Message)}");

    private static class EnvelopeField
    {
        public const int Id = 0;
        public const int Error = 1;
        public const int Result = 2;

        public static readonly FieldNames Names = new("id", "error", "result");
    }

    /// <summary>What stands around a result.</summary>
    private ref struct Envelope
    {
        public long? Id { get; set; }

        public RpcError? Error { get; set; }

        /// <summary>Whether the result was taken on the way.</summary>
        public bool Taken { get; set; }

        /// <summary>The result's text, where it was not; empty where there is none.</summary>
        public ReadOnlySpan<byte> Result { get; set; }
    }
}
