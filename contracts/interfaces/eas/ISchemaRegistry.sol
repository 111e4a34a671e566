// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

struct SchemaRecord {
    bytes32 uid;
    address resolver;
    bool revocable;
    string schema;
}

/// @title The functions of EAS's schema registry that OpenSettle calls
interface ISchemaRegistry {
    /// @notice Registers a schema; its uid is keccak256(abi.encodePacked(schema, resolver, revocable)). Anyone may, for any
    /// resolver, once.
    function register(string calldata schema, address resolver, bool revocable) external returns (bytes32);

    /// @notice A registered schema; all zero where there is none of that uid.
    function getSchema(bytes32 uid) external view returns (SchemaRecord memory);
}
