// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IModelRegistry, Parent, Registration, SplitRow} from "./interfaces/IModelRegistry.sol";
import {ModelAccount} from "./ModelAccount.sol";

/// @title ModelRegistry
/// @notice See {IModelRegistry}. Tables live in the events; storage keeps only what a later call has to check.
contract ModelRegistry is ERC721, IModelRegistry {
    /// @dev Bounds that keep a registration, and whoever recomputes it, within a block's gas.
    uint256 private constant MOST_ROWS = 64;
    uint256 private constant MOST_PARENTS = 16;
    uint256 private constant WHOLE = 1_000_000;

    address public constant OWNER = address(uint160(uint256(keccak256("OpenSettle.OWNER"))));

    /// @dev One storage slot. `effectiveAt` and `setInBlock` tell whether the last split version is still pending; both
    /// are zero for version 1, which never is, and after a cancellation.
    struct Model {
        uint64 number;
        uint32 noticePeriod;
        uint32 lastVersion;
        uint64 effectiveAt;
        uint64 setInBlock;
    }

    address public immutable vault;
    bytes32 private immutable _accountCodeHash;

    uint64 public modelCount;
    mapping(bytes32 modelId => Model) private _models;
    mapping(bytes32 modelId => string) private _uris;

    constructor(address vault_) ERC721("OpenSettle Model", "OSMODEL") {
        vault = vault_;
        _accountCodeHash = keccak256(abi.encodePacked(type(ModelAccount).creationCode, abi.encode(vault_)));
    }

    // Changes

    function register(Registration calldata registration) external returns (bytes32 modelId, address payAddress) {
        modelId = modelIdOf(msg.sender, registration.salt);
        if (_models[modelId].number != 0) revert ModelExists(modelId);
        _checkRows(registration.split);
        _checkParents(registration.parents);
        for (uint256 i = 0; i < registration.gateways.length; ++i) {
            if (registration.gateways[i] == address(0)) revert ZeroGateway(modelId);
        }

        uint64 number = ++modelCount;
        _models[modelId] = Model({
            number: number,
            noticePeriod: registration.noticePeriod,
            lastVersion: 1,
            effectiveAt: 0,
            setInBlock: 0
        });
        _uris[modelId] = registration.uri;
        payAddress = address(new ModelAccount{salt: modelId}(vault));

        emit ModelRegistered(
            modelId,
            number,
            msg.sender,
            payAddress,
            registration.noticePeriod,
            registration.identityHash,
            registration.metadataHash,
            registration.uri
        );
        // Without a callback: a creator that is a contract knows what it asked for.
        _mint(msg.sender, uint256(modelId));
        emit SplitSet(modelId, 1, uint64(block.timestamp), registration.split);
        emit LineageSet(modelId, 1, uint64(block.timestamp), registration.parents);
        for (uint256 i = 0; i < registration.gateways.length; ++i) {
            emit GatewaySet(modelId, registration.gateways[i], true);
        }
    }

    function setSplit(bytes32 modelId, SplitRow[] calldata rows) external returns (uint32 version) {
        _checkOwner(modelId);
        _checkRows(rows);
        _cancelPending(modelId);

        Model storage model = _models[modelId];
        version = model.lastVersion + 1;
        uint64 effectiveAt = uint64(block.timestamp) + model.noticePeriod;
        model.lastVersion = version;
        model.effectiveAt = effectiveAt;
        model.setInBlock = uint64(block.number);
        emit SplitSet(modelId, version, effectiveAt, rows);
    }

    function setGateway(bytes32 modelId, address gateway, bool listed) external {
        _checkOwner(modelId);
        if (gateway == address(0)) revert ZeroGateway(modelId);
        emit GatewaySet(modelId, gateway, listed);
    }

    // Views

    function modelIdOf(address creator, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(creator, salt));
    }

    function payAddressOf(bytes32 modelId) external view returns (address) {
        return Create2.computeAddress(modelId, _accountCodeHash);
    }

    function numberOf(bytes32 modelId) external view returns (uint64) {
        return _models[modelId].number;
    }

    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return _uris[bytes32(tokenId)];
    }

    // Inside

    /// @dev A change of hands ends what the seller had announced and the buyer may not have seen.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from != address(0)) _cancelPending(bytes32(tokenId));
    }

    /// @dev A version set in this very block is pending even where its time has come: it is in force in later blocks only.
    function _cancelPending(bytes32 modelId) private {
        Model storage model = _models[modelId];
        if (model.setInBlock != block.number && model.effectiveAt <= block.timestamp) return;
        model.effectiveAt = 0;
        model.setInBlock = 0;
        emit SplitCancelled(modelId, model.lastVersion);
    }

    function _checkOwner(bytes32 modelId) private view {
        if (_models[modelId].number == 0) revert UnknownModel(modelId);
        if (_ownerOf(uint256(modelId)) != msg.sender) revert NotOwner(modelId, msg.sender);
    }

    function _checkRows(SplitRow[] calldata rows) private pure {
        if (rows.length == 0) revert EmptySplit();
        if (rows.length > MOST_ROWS) revert TooManyRows(rows.length, MOST_ROWS);
        for (uint256 i = 0; i < rows.length; ++i) {
            if (rows[i].weight == 0) revert ZeroWeight(i);
            if (rows[i].account == address(0)) revert ZeroAccount(i);
        }
    }

    /// @dev Whatever is registered already has a lower number than the model to come, so that knowing a parent is enough.
    function _checkParents(Parent[] calldata parents) private view {
        if (parents.length > MOST_PARENTS) revert TooManyParents(parents.length, MOST_PARENTS);
        uint256 sum = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            bytes32 parentId = parents[i].modelId;
            if (_models[parentId].number == 0) revert BadParent(parentId);
            if (parents[i].share == 0) revert ZeroShare(parentId);
            for (uint256 j = 0; j < i; ++j) {
                if (parents[j].modelId == parentId) revert DuplicateParent(parentId);
            }
            sum += parents[i].share;
        }
        if (sum > WHOLE) revert SharesExceedWhole(sum);
    }
}
